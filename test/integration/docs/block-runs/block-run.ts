import type { Context } from 'mocha';
import type { BlockProject } from '../block-project.js';
import type { BlockServers } from '../block-servers.js';

/** How a block of a document is run. */
export interface BlockRun {
  readonly document: string;
  /** What only this block of the document has in it. */
  readonly holds: string;
  /** Hosts, ports and paths, each with the one that is there. */
  replace?(servers: BlockServers, project: BlockProject, test: Context): Promise<readonly [string, string][]>;
  /** What the reader has before it. */
  readonly before?: string;
  /** What the reader goes on with. */
  readonly after?: string;
  readonly prints: string | RegExp;
}

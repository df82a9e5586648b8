import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A place of a page that leads somewhere: `href` of links, `src` of images and scripts. */
const REFERENCE = /\s(?:href|src)="([^"]*)"/g;
const ANCHOR = /\s(?:id|name)="([^"]*)"/g;
const OUTSIDE = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i;
/** TypeDoc links type parameters of types without a name to anchors that it never makes. */
const UNNAMED_TYPE = /^#__type/;

/** The site's files of this extension, relative to its folder. */
export function filesOf(site: string, extension: string): string[] {
  return readdirSync(site, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith(extension))
    .sort();
}

/** What a page refers to inside of its site, as written there. */
export function referencesOf(html: string): string[] {
  return [...html.matchAll(REFERENCE)]
    .map(([, target]) => target!.replaceAll('&amp;', '&'))
    .filter((target) => !OUTSIDE.test(target) && !UNNAMED_TYPE.test(target));
}

/** Every reference of every page that leads to no file, or to no such anchor in it, as `page -> reference`. */
export function deadReferences(site: string): string[] {
  const anchors = new Map<string, ReadonlySet<string>>();
  const anchorsOf = (file: string): ReadonlySet<string> => {
    const known = anchors.get(file) ?? anchorsIn(readFileSync(join(site, file), 'utf8'));
    anchors.set(file, known);
    return known;
  };
  return filesOf(site, '.html').flatMap((page) =>
    referencesOf(readFileSync(join(site, page), 'utf8'))
      .filter((reference) => {
        const [path = '', anchor = ''] = reference.split('#').map(decodeURIComponent);
        // Servers give a folder's index; TypeDoc links the README so.
        const named = path.replace(/\/$/, '/index.html');
        const file = path === '' ? page : posix.join(posix.dirname(page), named);
        if (!statSync(join(site, file), { throwIfNoEntry: false })?.isFile()) return true;
        return anchor !== '' && !anchorsOf(file).has(anchor);
      })
      .map((reference) => `${page} -> ${reference}`),
  );
}

function anchorsIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(ANCHOR)].map(([, anchor]) => anchor!.replaceAll('&amp;', '&')));
}

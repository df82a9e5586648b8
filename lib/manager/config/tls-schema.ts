import { z } from 'zod';
import { flag, path, text } from './fields.js';

/** TLS towards a server; the files are read at the start and at every reload. */
export const tlsSchema = z.strictObject({
  ca: path('File of the certificates to trust, PEM').optional(),
  cert: path('File of our own certificate, PEM, for mutual TLS').optional(),
  key: path('File of its private key, PEM').optional(),
  serverName: text('The name the certificate must have, when it is not the host').optional(),
  skipVerify: flag('Whether any certificate will do: only for tests').default(false),
});

export type TlsConfig = z.output<typeof tlsSchema>;

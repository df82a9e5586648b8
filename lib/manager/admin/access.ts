import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import type { AdminConfig } from '../config/schema.js';

/** Names that this machine has for itself. */
const OWN_NAMES = ['localhost'];

/**
 * Answers only requests that call the server by a name it knows: a web page whose own name was pointed at this
 * address (DNS rebinding) does not. A bare IP address is nobody's name, and probes have nothing else. A server that
 * other machines may reach by any name, behind a token, has no such names unless it was given some.
 */
export function checkHost({ host, token, allowedHosts }: AdminConfig): MiddlewareHandler {
  const names = new Set([...OWN_NAMES, host, ...(allowedHosts ?? [])].map((name) => name.toLowerCase()));
  const anyName = (host === '0.0.0.0' || host === '::') && token !== undefined && allowedHosts === undefined;
  return async (c, next) => {
    const header = c.req.header('host');
    // Only HTTP/1.0 has requests without a name, and no browser speaks it; probes of load balancers do.
    if (header === undefined) return next();
    const asked = header.toLowerCase().replace(/:\d+$/, '');
    if (anyName || names.has(asked) || isIP(asked.replace(/^\[(.*)\]$/, '$1')) !== 0) return next();
    return c.json(
      { error: `this server is not known as '${asked}'; admin.allowedHosts lists further names` },
      421,
    );
  };
}

/** Asks for the bearer token, when there is one. Compared in constant time. */
export function checkToken({ token }: AdminConfig): MiddlewareHandler {
  if (token === undefined) return (_c, next) => next();
  const expected = digest(token);
  return async (c, next) => {
    const given = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return next();
    c.header('WWW-Authenticate', 'Bearer');
    return c.json({ error: 'a bearer token is needed' }, 401);
  };
}

/** Of equal length for all tokens, so that comparing tells nothing of theirs. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

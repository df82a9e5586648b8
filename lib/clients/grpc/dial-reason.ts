/**
 * Says in plain words why grpc-js could not connect: without the wrapping it puts around the reason, and with what a
 * handshake that explains nothing is usually due to.
 * @param details what grpc-js tells a call that finds no connection
 * @param secure whether TLS was spoken
 */
export function dialReason(details: string, secure: boolean): string {
  const reason = details
    .replace(/^No connection established\. Last error: /, '')
    .replace(/\. Resolution note: ?$/, '')
    .replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)$/, '')
    .replace(/^Error(?: \[\w+\])?: /, '')
    // What OpenSSL says stands between the place in its sources and another one.
    .replace(/^[0-9A-F]+:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):.*$/s, '$1')
    .trim();
  if (secure) return /wrong version number/.test(reason) ? `${reason}; does the server speak TLS?` : reason;
  if (reason === 'Failed to connect')
    return 'the server hung up before it said anything; does it expect TLS?';
  if (reason === 'Protocol error') return 'the server speaks no HTTP/2, or expects TLS';
  return reason;
}

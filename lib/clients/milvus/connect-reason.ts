/** DEADLINE_EXCEEDED of gRPC. */
const DEADLINE_EXCEEDED = 4;

/**
 * Says in plain words why the SDK could not connect: without the wrapping of gRPC and of its retries, and with what a
 * handshake that explains nothing is usually due to.
 * @param error what connecting failed with
 * @param secure whether TLS was spoken
 */
export function connectReason(error: unknown, secure: boolean): string {
  const { code, details, message } = error as { code?: unknown; details?: unknown; message?: unknown };
  if (code === DEADLINE_EXCEEDED) return "no answer within the option 'timeout'";
  const text = typeof details === 'string' && details !== '' ? details : String(message ?? error);
  const reason = text
    .replace(/ \(retried \d+ times, \d+ms\)$/, '')
    .replace(/^No connection established\. Last error: /, '')
    .replace(/\. Resolution note: ?$/, '')
    .replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)$/, '')
    .replace(/^Error(?: \[\w+\])?: /, '')
    // What OpenSSL says stands between the place in its sources and another one.
    .replace(/^.*[0-9A-F]+:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):.*$/s, '$1')
    .trim();
  if (secure) return /wrong version number/.test(reason) ? `${reason}; does the server speak TLS?` : reason;
  if (reason === 'Failed to connect') {
    return 'the server hung up before it said anything; does it expect TLS?';
  }
  if (reason === 'Protocol error') return 'the server speaks no HTTP/2, or expects TLS';
  return reason;
}

/** What an answer to Connect or GetVersion says is wrong; undefined when it is a good one. */
export function refusal(answer: unknown): string | undefined {
  const { status } = (answer ?? {}) as {
    status?: { error_code?: string | number; code?: number; reason?: string };
  };
  if (status === undefined || status === null) return undefined;
  const { error_code, code = 0, reason } = status;
  const isSuccess = [undefined, 'Success', 0].includes(error_code) && code === 0;
  return isSuccess ? undefined : reason || `the server answered with code ${code || error_code}`;
}

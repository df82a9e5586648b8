import { ConnPoolError } from '../pool/errors.js';

/**
 * No node of the cluster could take the call: `ERR_NO_AVAILABLE_CLIENT`. There are none, all are unavailable, or
 * none gave a connection; then `cause` is what the last one failed with.
 */
export class NoAvailableClientError extends ConnPoolError {
  constructor(clusterName: string, why: string, cause?: unknown) {
    super(
      'ERR_NO_AVAILABLE_CLIENT',
      `cluster '${clusterName}': no available client, ${why}`,
      cause === undefined ? undefined : { cause },
    );
  }
}

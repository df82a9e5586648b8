import { ConnPoolError } from '../pool/errors.js';

/**
 * No node of the cluster could take the call: `ERR_NO_AVAILABLE_CLIENT`. There are none, all are unavailable, or
 * none gave a connection. `cause` is what the call itself failed with last, or else what the node that became
 * unavailable last failed with, where that is known.
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

import { Channel, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { GrpcCall } from './grpc-call.js';
import { RefusedCall } from './refused-call.js';

/** What a channel tells its connection. */
export interface ChannelOwner {
  /** Why no call may start any more; undefined while it may. */
  readonly refusal: string | undefined;
  /** A call is about to start; `deadline` as `Date.now()` counts. */
  track(call: GrpcCall, deadline: number): void;
}

/** A channel that tells its owner of each call, and starts none when its connection is gone. */
export class PooledChannel<TOwner extends ChannelOwner = ChannelOwner> extends Channel {
  /** The connection it belongs to. */
  readonly owner: TOwner;

  constructor(target: string, credentials: ChannelCredentials, options: ChannelOptions, owner: TOwner) {
    super(target, credentials, options);
    this.owner = owner;
  }

  override createCall(...args: Parameters<Channel['createCall']>): GrpcCall {
    const { refusal } = this.owner;
    if (refusal !== undefined) return new RefusedCall(refusal);
    const call = super.createCall(...args);
    this.owner.track(call, Number(args[1]));
    return call;
  }

  /** A call that its owner does not hear of. */
  createUntrackedCall(...args: Parameters<Channel['createCall']>): GrpcCall {
    return super.createCall(...args);
  }
}

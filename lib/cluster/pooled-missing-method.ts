/**
 * What a call of `pooled` resolves with when the client has no such method: nothing was asked of the node, so the
 * call says nothing about it, and the connection is as good as before.
 */
export const MISSING_METHOD: unique symbol = Symbol('no such method');

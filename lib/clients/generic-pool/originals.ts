import genericPool from 'generic-pool';
import type { PooledResource } from './pooled-resource.js';

/** The times an evictor judges by, taken from the pool's options. */
export interface EvictionConfig {
  /** Longest idle time while more than `min` resources are available, ms; not above 0 = no such limit. */
  softIdleTimeoutMillis: number;
  /** Longest idle time whatever the number of resources, ms. */
  idleTimeoutMillis: number;
  /** Fewest resources the pool keeps. */
  min: number;
}

/** Decides which idle resources go. */
export interface Evictor<T> {
  /** Gives `true`, and nothing else, for a resource that is to be destroyed now. */
  evict(config: EvictionConfig, pooledResource: PooledResource<T>, availableObjectsCount: number): boolean;
}

/** Makes an {@link Evictor}; called once per pool. */
export type EvictorConstructor<T> = new () => Evictor<T>;

/** generic-pool's double-ended queue. */
export interface Deque<E> extends Iterable<E> {
  readonly length: number;
  readonly head: E | undefined;
  readonly tail: E | undefined;
  push(element: E): void;
  pop(): E | undefined;
  shift(): E | undefined;
  unshift(element: E): void;
  iterator(): Iterator<E>;
  reverseIterator(): Iterator<E>;
}

/** generic-pool's queue of waiting calls: slots by priority, first come first served within each. */
export interface PriorityQueue<E extends { readonly promise: Promise<unknown> }> {
  readonly length: number;
  readonly head: E | undefined;
  readonly tail: E | undefined;
  enqueue(element: E, priority?: number): void;
  dequeue(): E | undefined;
}

/** What the package exports beyond what its own types tell of. */
interface Originals {
  readonly Deque: new <E>() => Deque<E>;
  readonly PriorityQueue: new <E extends { readonly promise: Promise<unknown> }>(
    size: number,
  ) => PriorityQueue<E>;
  readonly DefaultEvictor: new <T>() => Evictor<T>;
}

const originals = genericPool as unknown as Originals;

/** The original class, for code that uses it on its own. */
export const Deque = originals.Deque;

/** The original class, for code that uses it on its own. */
export const PriorityQueue = originals.PriorityQueue;

/** The original evictor; what `createPool` uses. Extend it to evict by rules of your own. */
export const DefaultEvictor = originals.DefaultEvictor;

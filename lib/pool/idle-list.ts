import type { Connection } from './connection.js';

/**
 * The idle connections, the one idle longest at the head. A doubly linked list through the connections
 * themselves, so that a connection that dies in the middle leaves in O(1).
 */
export class IdleList<TClient> {
  head: Connection<TClient> | undefined = undefined;
  tail: Connection<TClient> | undefined = undefined;
  size = 0;

  /** Adds a connection that became idle just now. */
  push(conn: Connection<TClient>): void {
    const { tail } = this;
    if (tail === undefined) {
      this.head = conn;
    } else {
      tail.next = conn;
      conn.prev = tail;
    }
    this.tail = conn;
    this.size++;
  }

  /**
   * Puts a connection back where its `idleSince` belongs, after a heartbeat. Steps only over those that became
   * idle while it was being checked.
   */
  restore(conn: Connection<TClient>): void {
    let before = this.tail;
    while (before !== undefined && before.idleSince > conn.idleSince) before = before.prev;
    this.#insertAfter(before, conn);
  }

  remove(conn: Connection<TClient>): void {
    const { prev, next } = conn;
    if (prev === undefined) this.head = next;
    else prev.next = next;
    if (next === undefined) this.tail = prev;
    else next.prev = prev;
    if (prev !== undefined) conn.prev = undefined;
    if (next !== undefined) conn.next = undefined;
    this.size--;
  }

  #insertAfter(before: Connection<TClient> | undefined, conn: Connection<TClient>): void {
    const after = before === undefined ? this.head : before.next;
    conn.prev = before;
    conn.next = after;
    if (before === undefined) this.head = conn;
    else before.next = conn;
    if (after === undefined) this.tail = conn;
    else after.prev = conn;
    this.size++;
  }
}

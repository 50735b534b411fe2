interface Moment<T> {
  readonly at: number;
  readonly item: T;
}

/** Things that fall due, earliest first: a binary heap. Nothing is removed early; whoever pops an item asks if it still counts. */
export class Timeline<T> {
  readonly #heap: Moment<T>[] = [];

  /** When the earliest item falls due. */
  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  add(at: number, item: T): void {
    const heap = this.#heap;
    const moment = { at, item };
    let index = heap.length;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || parent.at <= at) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = moment;
  }

  /** Removes and returns the earliest item that is due at `now`. */
  takeDue(now: number): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first.item;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  /** Puts a moment in the place of the root and moves it down to where it belongs. */
  #sink(moment: Moment<T>): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const left = heap[index * 2 + 1];
      const right = heap[index * 2 + 2];
      if (left === undefined) break;
      const rightFirst = right !== undefined && right.at < left.at;
      const child = rightFirst ? right : left;
      if (child.at >= moment.at) break;
      heap[index] = child;
      index = index * 2 + (rightFirst ? 2 : 1);
    }
    heap[index] = moment;
  }
}

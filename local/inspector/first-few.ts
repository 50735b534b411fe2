/** The first few of the items that pass by, in an order; the rest is forgotten. */
export class FirstFew<T> {
  readonly #count: number;
  readonly #order: (a: T, b: T) => number;
  #few: T[] = [];

  constructor(count: number, order: (a: T, b: T) => number) {
    this.#count = count;
    this.#order = order;
  }

  add(item: T): void {
    this.#few.push(item);
    if (this.#few.length >= 4 * this.#count) this.#few = this.items();
  }

  /** In order. */
  items(): T[] {
    return this.#few.toSorted(this.#order).slice(0, this.#count);
  }
}

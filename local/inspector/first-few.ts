/** The first `count` of the items in an order, without sorting all of them when they are many. */
export function firstFew<T>(items: readonly T[], count: number, order: (a: T, b: T) => number): readonly T[] {
  let few: T[] = [];
  for (const item of items) {
    few.push(item);
    if (few.length >= 4 * count) few = few.sort(order).slice(0, count);
  }
  return few.sort(order).slice(0, count);
}

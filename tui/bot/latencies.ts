/**
 * How long answers took, in little memory however many there were: buckets that grow by 2 %, so a
 * quantile is right to that.
 */

const SMALLEST_MS = 0.01;
const GROWTH = 1.02;
/** Up to hours; what is longer counts as this long. */
const BUCKETS = 1100;

export interface Latencies {
  add(ms: number): void;
  /** The time within which this part of the answers came, e.g. 0.99; undefined without any. */
  quantileMs(part: number): number | undefined;
}

export function createLatencies(): Latencies {
  const buckets = new Uint32Array(BUCKETS);
  let count = 0;
  return {
    add(ms) {
      const place = Math.ceil(Math.log(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) / Math.log(GROWTH));
      const index = Math.min(place, BUCKETS - 1);
      buckets[index] = (buckets[index] ?? 0) + 1;
      count++;
    },
    quantileMs(part) {
      if (count === 0) return undefined;
      const rank = Math.max(1, Math.ceil(count * part));
      let passed = 0;
      const index = buckets.findIndex((size) => {
        passed += size;
        return passed >= rank;
      });
      return SMALLEST_MS * GROWTH ** index;
    },
  };
}

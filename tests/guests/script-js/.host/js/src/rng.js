// Random numbers that are the same wherever and whenever a run is repeated.

const STEP = 2 ** -53;
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

/**
 * A generator that follows from the seed of the run: ChaCha8 with the seed in the first eight bytes of its key. It gives
 * the numbers of the generator of the Rust SDK.
 */
export class Rng {
  #input = new Uint32Array(16);
  #block = new Uint32Array(16);
  #at = 16;

  /** `seed` and `stream` are BigInts from 0 to 2^64 - 1. Streams of one seed are independent of one another. */
  constructor(seed, stream = 0n) {
    this.#input.set(CONSTANTS);
    this.#input[4] = Number(BigInt(seed) & 0xffffffffn);
    this.#input[5] = Number((BigInt(seed) >> 32n) & 0xffffffffn);
    this.#input[14] = Number(BigInt(stream) & 0xffffffffn);
    this.#input[15] = Number((BigInt(stream) >> 32n) & 0xffffffffn);
  }

  /** 32 random bits. */
  #word() {
    if (this.#at === 16) this.#refill();
    return this.#block[this.#at++];
  }

  /** 64 random bits, as a BigInt. */
  bits() {
    const low = this.#word();
    return (BigInt(this.#word()) << 32n) | BigInt(low);
  }

  /** A number from 0 to 1, without 1. */
  uniform() {
    const low = this.#word();
    return (this.#word() * 0x200000 + (low >>> 11)) * STEP;
  }

  /** A whole number from 0 to `end`, without `end`, each as likely as the other. */
  below(end) {
    if (!(Number.isSafeInteger(end) && end > 0)) throw new RangeError(`there is no whole number below ${end} to draw`);
    const wide = BigInt(end);
    const surplus = (2n ** 64n - wide) % wide;
    for (;;) {
      const product = this.bits() * wide;
      if ((product & 0xffffffffffffffffn) >= surplus) return Number(product >> 64n);
    }
  }

  /** Whether an event of this probability happens. */
  chance(probability) {
    return this.uniform() < probability;
  }

  /** A normally distributed number of mean 0 and variance 1. */
  normal() {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** An exponentially distributed number of mean 1. */
  exponential() {
    return -Math.log(1 - this.uniform());
  }

  /** Puts the items of an array into random order, each as likely as the other. */
  shuffle(items) {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [items[last], items[other]] = [items[other], items[last]];
    }
  }

  #refill() {
    const x = this.#block;
    x.set(this.#input);
    for (let round = 0; round < 4; round++) {
      quarter(x, 0, 4, 8, 12);
      quarter(x, 1, 5, 9, 13);
      quarter(x, 2, 6, 10, 14);
      quarter(x, 3, 7, 11, 15);
      quarter(x, 0, 5, 10, 15);
      quarter(x, 1, 6, 11, 12);
      quarter(x, 2, 7, 8, 13);
      quarter(x, 3, 4, 9, 14);
    }
    for (let i = 0; i < 16; i++) x[i] += this.#input[i];
    this.#input[12]++;
    if (this.#input[12] === 0) this.#input[13]++;
    this.#at = 0;
  }
}

function quarter(x, a, b, c, d) {
  x[a] += x[b];
  x[d] = rotated(x[d] ^ x[a], 16);
  x[c] += x[d];
  x[b] = rotated(x[b] ^ x[c], 12);
  x[a] += x[b];
  x[d] = rotated(x[d] ^ x[a], 8);
  x[c] += x[d];
  x[b] = rotated(x[b] ^ x[c], 7);
}

function rotated(word, by) {
  return (word << by) | (word >>> (32 - by));
}

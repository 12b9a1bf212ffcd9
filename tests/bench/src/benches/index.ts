import type { Bench } from '../kit/bench.ts';
import { codec } from './codec.ts';
import { detector } from './detector.ts';

/** Every bench, by name; one line each. */
export const benches: readonly Bench[] = [codec, detector];

import type { ErrorCode } from '@kairos/contracts';
import type { RestoreProgress } from './restore.ts';
import type { CutWritten } from './task-cuts.ts';

/** What a stage tells whoever measures it. Plain callbacks: they must be quick and must not throw. */
export interface StageHooks {
  onProduced?(about: { readonly topic: string; readonly count: number }): void;
  onDeadLetter?(about: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly code: ErrorCode;
    readonly reason: string;
  }): void;
  /** A timer threw; it stays due. */
  onFailedTimer?(about: { readonly topic: string; readonly partition: number; readonly error: unknown }): void;
  onCut?(cut: CutWritten): void;
  /** A batch is through: outputs acknowledged. */
  onBatch?(about: {
    readonly topic: string;
    readonly partition: number;
    readonly records: number;
    /** How many were applied, were repeats, were of an unknown kind, or went to the dead letters. */
    readonly outcomes: Readonly<Record<'applied' | 'repeat' | 'unknown' | 'dead', number>>;
    readonly lag: number;
    readonly timeMs: number;
    /** From the first record to the acknowledgement of the last output. */
    readonly seconds: number;
  }): void;
  /** Partitions are being restored; told once a second and at the end. */
  onRestoring?(about: RestoreProgress & { readonly partitions: readonly number[] }): void;
  onRestored?(about: {
    readonly partition: number;
    /** Came from this machine, and only the rest from the changelog. */
    readonly warm: boolean;
    readonly keys: number;
    readonly nextOffset: number;
    readonly tookMs: number;
  }): void;
  /** A partition came back soon, and its task went on from memory: nothing was restored. */
  onResumed?(about: { readonly partition: number; readonly keys: number; readonly nextOffset: number }): void;
  /** The registry could not be asked; the record waits. */
  onOutage?(error: Error): void;
}

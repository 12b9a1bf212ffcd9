import type { Command } from 'commander';

export function registerDeadLetters(_program: Command): void {}

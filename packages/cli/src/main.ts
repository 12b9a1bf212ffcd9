import { Command, CommanderError } from 'commander';
import { registerDeadLetters } from './commands/dead-letters.ts';
import { registerDemo } from './commands/demo.ts';
import { registerExplain } from './commands/explain.ts';
import { registerHouse } from './commands/house.ts';
import { registerImport } from './commands/import.ts';
import { registerPlaybook } from './commands/playbook.ts';
import { registerSegments } from './commands/segments.ts';
import { registerSimulate } from './commands/simulate.ts';
import { registerStart } from './commands/start.ts';
import { registerWatch } from './commands/watch.ts';
import { CliError, exitCodes } from './exit.ts';

const program = new Command('kairos')
  .description('Kairos: trigger-based marketing, open, self-hosted, in real time')
  .version('0.1.0')
  .showHelpAfterError('(see kairos --help)')
  .showSuggestionAfterError()
  .addHelpText(
    'after',
    '\nExamples:\n  kairos up --detach\n  kairos playbook test playbook\n  kairos explain ada@example.com',
  )
  .exitOverride();

for (const register of [
  registerStart,
  registerHouse,
  registerDemo,
  registerPlaybook,
  registerSegments,
  registerExplain,
  registerSimulate,
  registerWatch,
  registerImport,
  registerDeadLetters,
]) {
  register(program);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  } else {
    const known = error instanceof CliError || (error instanceof Error && error.name === 'MissingPrerequisites');
    process.stderr.write(
      `kairos: ${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = error instanceof CliError ? error.exitCode : exitCodes.failure;
  }
}

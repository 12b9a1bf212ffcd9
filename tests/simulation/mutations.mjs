// length: one table, and its rows are read one at a time
// The rules of the protocol, each broken once in the real code. `budget` is the number of seeds within which it must be
// caught; `oracles` names those that may catch it.

/**
 * @typedef {object} Mutation
 * @property {string} rule as the reference model names it
 * @property {string} breaks what the code does instead
 * @property {number} budget
 * @property {Partial<import('./src/world/weather.ts').Weather>} [weather] what the rule is there for happens more often
 * @property {import('./patch.mjs').Patch[]} patches
 */

const kit = 'packages/stream-kit/src';
const decisions = 'packages/decisions/src';
const enricher = 'services/profile-enricher/src';
const taskCore = `${kit}/task-core.ts`;
const taskCuts = `${kit}/stage/task-cuts.ts`;

const zombiesEverywhere = {
  cutEveryMs: 400,
  disturbance: 0.06,
  crash: 1,
  move: 4,
  zombies: 0.9,
  zombieTurns: 200,
  ghosts: 0.6,
  activity: 0.3,
  browsers: 1,
  // A copy beside the log hides for long what is amiss in the log.
  disks: 0,
};

const manyLogins = {
  activity: 0.2,
  browsers: 5,
  logins: 0.25,
  mails: 0.1,
  crossing: 0.6,
  disturbance: 0.1,
  stall: 5,
  stepMs: 3_000,
  lateMs: 0,
  longDown: 0.3,
};

/** The way from an old person to the new one is blocked at times, and nothing else is amiss. */
const slowDoors = {
  ...manyLogins,
  ...{ crash: 0, move: 0, publish: 0, compact: 0, breakOff: 0, stall: 1, disturbance: 0.06 },
};

/** In every run: small numbers, so that small worlds meet what large ones meet in days. */
export const tuning = [
  { file: taskCuts, find: 'const MERGE_AFTER_CUTS = 64;', replace: 'const MERGE_AFTER_CUTS = 5;' },
  { file: `${kit}/stage/cut-format.ts`, find: 'bytes: 256_000, keys: 5_000', replace: 'bytes: 256_000, keys: 1' },
];

/** @type {Readonly<Record<string, Mutation>>} */
export const mutations = {
  timer_origin: {
    rule: 'the origin of a timer output is the tick that fired it',
    breaks: 'it is the record that armed it',
    budget: 20,
    patches: [
      {
        file: taskCore,
        find: '    if (state === undefined) this.timers.removeAt(slot);\n    else this.#index(slot, state);',
        replace: `    if (state === undefined) this.timers.removeAt(slot);
    else {
      this.#index(slot, state);
      const timers = this.timers as unknown as { armedAt?: Map<string, number> };
      timers.armedAt = (timers.armedAt ?? new Map<string, number>()).set(this.#slots.keyAt(slot), this.meta.nextOffset);
    }`,
      },
      {
        file: `${kit}/partition-plan.ts`,
        find: 'for (const emission of result.emissions) plan.emissions.push(emission);',
        replace: `const { armedAt } = task.timers as unknown as { armedAt?: Map<string, number> };
        plan.emissions.push(...result.emissions.map((one) => ({ ...one, armedAt: armedAt?.get(key) })));`,
      },
      {
        file: taskCore,
        find: 'origin: { topic, partition, offset, number: first + at },',
        replace:
          'origin: { topic, partition, offset: (emission as { armedAt?: number }).armedAt ?? offset, number: first + at },',
      },
    ],
  },
  tick_no_pos: {
    rule: 'ticks carry no origin',
    breaks: 'a tick takes the place of the record that it follows, and is dropped like an output',
    budget: 20,
    patches: [
      {
        file: `${kit}/ticks/ticker.ts`,
        find: 'identifiedRecord({ tick: {',
        replace: 'identifiedRecord({ origin: this.follows(), tick: {',
      },
      {
        file: `${kit}/ticks/ticker.ts`,
        find: '  async #tick(): Promise<void> {\n',
        replace: `  follows() {
    const { topic = '', partition = 0, nextOffset = 0 } = this.#options.sources()[0] ?? {};
    return { topic, partition, offset: nextOffset, number: 0 };
  }

  async #tick(): Promise<void> {
`,
      },
    ],
  },
  declared_srcs: {
    rule: 'time is the minimum over the declared sources',
    breaks: 'over those that have ticked so far',
    budget: 60,
    patches: [
      {
        file: `${kit}/partition-plan.ts`,
        find: 'for (const source of task.processor.declaredSources ?? [])',
        replace: 'for (const source of task.processor.declaredSources === undefined ? [] : Object.keys(times))',
      },
    ],
  },
  ckpt_ticks: {
    rule: 'a cut holds the time of every source',
    breaks: 'it holds their minimum only',
    budget: 20,
    patches: [
      {
        file: taskCuts,
        find: 'const meta = copyMeta(this.#core.meta);',
        replace: 'const meta = { ...copyMeta(this.#core.meta), sourceTimes: {} };',
      },
    ],
  },
  ckpt_catalog: {
    rule: 'a cut holds the active playbook',
    breaks: 'it does not',
    budget: 20,
    patches: [
      {
        file: taskCuts,
        find: 'const meta = copyMeta(this.#core.meta);',
        replace: "const meta = { ...copyMeta(this.#core.meta), playbookOffset: -1, playbookVersion: '' };",
      },
    ],
  },
  cut: {
    rule: 'a cut counts only when all its parts are there',
    breaks: 'the keys of its parts count at once, the rest with the last part',
    budget: 60,
    weather: { ...zombiesEverywhere, turns: 900, cutEveryMs: 2_000, browsers: 5, crash: 4, ghosts: 0, pieces: 0.9 },
    patches: [
      {
        file: `${kit}/stage/changelog-view.ts`,
        find: 'states: newest === undefined ? new PackedStates() : statesOf(after),',
        replace: 'states: newest === undefined ? new PackedStates() : statesOf([...after, ...this.torn()]),',
      },
      {
        file: `${kit}/stage/changelog-view.ts`,
        find: '  #completeCuts(): CompleteCut[] {\n',
        replace: `  torn(): CompleteCut[] {
    const parts = [...this.#standing.values()];
    const ended = new Set(parts.flatMap(({ part }) => (part.end === null ? [] : [\`\${part.writer}/\${part.cut}\`])));
    return parts
      .filter(({ part }) => !ended.has(\`\${part.writer}/\${part.cut}\`))
      .map(({ order, part }) => ({ order, fromOffset: 0, toOffset: part.toOffset, meta: '', parts: [part], bytes: 0 }));
  }

  #completeCuts(): CompleteCut[] {
`,
      },
    ],
  },
  prefix_ack: {
    rule: 'state is written when all outputs up to there are acknowledged',
    breaks: 'it is written as soon as it has changed',
    budget: 60,
    patches: [
      {
        file: `${kit}/stage/stage-task.ts`,
        find: 'acknowledged: () => this.#acked,',
        replace: 'acknowledged: () => Promise.resolve(),',
      },
    ],
  },
  seg_key: {
    rule: 'the keys of a cut are of one writer only',
    breaks: 'they are numbers that start anew with each writer',
    budget: 60,
    patches: [{ file: `${kit}/stage/start-stage.ts`, find: 'writer: randomUUID(),', replace: "writer: 'w'," }],
  },
  merge_bound: {
    rule: 'a merge deletes records whose `to` is not higher than its own',
    breaks: 'it deletes every record that it has seen',
    budget: 150,
    weather: { ...zombiesEverywhere, turns: 900, pieces: 0.8 },
    patches: [
      {
        file: taskCuts,
        find: '.filter(([key, to]) => to <= toOffset && !key.startsWith(own))',
        replace: '.filter(([key]) => !key.startsWith(own))',
      },
    ],
  },
  dirty_kept: {
    rule: 'keys that differ from the changelog stay dirty when a task goes on from what this machine kept',
    breaks: 'a task that goes on from memory takes them for written',
    budget: 60,
    weather: { ...zombiesEverywhere, zombies: 0.3, zombieTurns: 20, cutEveryMs: 6_000 },
    patches: [
      {
        file: `${kit}/stage/start-stage.ts`,
        find: "'came back: goes on from memory');",
        replace: "'came back: goes on from memory');\n      task.core.takeDirty();",
      },
    ],
  },
  asof_max: {
    rule: 'per key the entry with the highest `to` counts',
    breaks: 'the one that was written last counts',
    budget: 60,
    weather: zombiesEverywhere,
    patches: [
      {
        file: `${kit}/stage/changelog-view.ts`,
        find: 'const sorted = [...cuts].sort((a, b) => a.toOffset - b.toOffset || a.order - b.order);',
        replace: 'const sorted = [...cuts].sort((a, b) => a.order - b.order);',
      },
    ],
  },
  fire_on_tick: {
    rule: 'a timer that is overdue when it is armed fires at the next tick',
    breaks: 'it fires before the next record',
    budget: 100,
    weather: { lateMs: 25_000, activity: 0.25, stepMs: 1_500 },
    patches: [
      {
        file: taskCore,
        find: '    const before = this.states.at(slot);\n',
        replace: `    const early: Emission[] = [];
    for (const due of this.timers.takeDue(this.meta.timeMs)) {
      const armed = this.states.at(due.slot);
      const fired =
        armed === undefined ? undefined : this.processor.fire?.(armed, this.#slots.keyAt(due.slot), this.#context);
      if (fired === undefined) continue;
      this.#put(due.slot, fired.state);
      early.push(...fired.emissions);
    }
    const before = this.states.at(slot);
`,
      },
      {
        file: taskCore,
        find: 'const { state, emissions, refused } = this.processor.step(before, value, this.#context);',
        replace: `const { state, emissions: said, refused } = this.processor.step(before, value, this.#context);
    const emissions = [...early, ...said];`,
      },
    ],
  },
  cancel_memory: {
    rule: 'cancelling events are remembered, and arming asks for them',
    breaks: 'they cancel only what waits already',
    budget: 60,
    patches: [
      {
        file: `${decisions}/triggers/memory.ts`,
        find: 'concerns(cancel.key, arm.key) && cancel.atMs >= arm.atMs',
        replace: 'cancel.key !== cancel.key',
      },
    ],
  },
  dedupe_at_key: {
    rule: "a client's repeats are dropped in identify, per source key",
    breaks: 'they are dropped in enrich, per person',
    budget: 60,
    patches: [
      {
        file: `${decisions}/profiles/identify.ts`,
        find: "if (state.recent.has(event.messageId)) return { kind: 'repeat', state };",
        replace: '',
      },
      {
        file: `${enricher}/core/enrich.ts`,
        find: 'const next = enrichRecord(state, record, playbook);\n',
        replace: `const met = (state as unknown as { met?: string[] } | undefined)?.met ?? [];
      const { messageId = '' } = record.event?.event ?? {};
      if (met.includes(messageId)) return { state, emissions: [] };
      const next = enrichRecord(state, record, playbook);
      if (next.state !== undefined) Object.assign(next, { state: { ...next.state, met: [...met, messageId] } });
`,
      },
    ],
  },
  one_mover: {
    rule: 'state and forwarded records leave an old person by one producer',
    breaks: 'enrich forwards by itself, and the detector sends the state',
    budget: 60,
    weather: manyLogins,
    patches: [
      {
        file: `${enricher}/core/enrich.ts`,
        find: "outputs: ['events.enriched', 'profiles.changed'],",
        replace: "outputs: ['events.enriched', 'profiles.changed', 'events.identified'],",
      },
      {
        file: `${enricher}/core/enrich.ts`,
        find: `const emissions = next.said.map((said) =>
        said.kind === 'story' ? toldStory(said.body, personId) : tellsProfiles ? toldProfile(said.changed) : UNHEARD,
      );`,
        replace: `const emissions: Emission[] = next.said.map((said) => {
          if (said.kind === 'profile') return tellsProfiles ? toldProfile(said.changed) : UNHEARD;
          const { door } = said.body;
          if (door == null) return toldStory(said.body, personId);
          const value = { ...enrichedRecord({}), ...record, ...JSON.parse(door.record) };
          if (!('event' in JSON.parse(door.record))) value.event = null;
          return { topic: 'events.identified' as const, key: door.to, value, to: 'byKey' as const };
        });`,
      },
    ],
  },
  hold: {
    rule: 'records of the linked key wait at the new person for the old state',
    breaks: 'they overtake it',
    budget: 60,
    weather: manyLogins,
    patches: [
      {
        file: `${decisions}/profiles/enrich-record.ts`,
        find: 'if (event.sentBy !== null && state.waits.includes(event.sentBy)) {',
        replace: 'if (event.sentBy !== null && state.waits.length < 0) {',
      },
    ],
  },
  hold_both_ways: {
    rule: 'the old state may arrive before the word that announces it; either ends the wait',
    breaks: 'the word is always waited for',
    budget: 60,
    weather: slowDoors,
    patches: [
      {
        file: `${decisions}/profiles/enrich-record.ts`,
        find: 'if (awaiting.early.includes(key)) {',
        replace: 'if (awaiting.early.length < 0) {',
      },
      {
        file: `${decisions}/profiles/enrich-record.ts`,
        find: '    else early = [...early, hold.key];\n',
        replace: '',
      },
    ],
  },
  hold_timers: {
    rule: 'timers of a person who waits for an old state wait too',
    breaks: 'they fire meanwhile',
    budget: 150,
    weather: slowDoors,
    patches: [
      {
        file: 'services/trigger-detector/src/core.ts',
        find: 'dueAtMs: (state) => (detectWaits(state) > 0 ? undefined : detectDueAtMs(state)),',
        replace: 'dueAtMs: (state) => detectDueAtMs(state),',
      },
    ],
  },
  total_order: {
    rule: 'who moves to whom follows a total order',
    breaks: 'it is as the link says',
    budget: 60,
    weather: { ...manyLogins, mails: 0.3 },
    patches: [
      {
        file: `${decisions}/profiles/move.ts`,
        find: 'const isAOld = rankA > rankB || (rankA === rankB && a > b);',
        replace: 'const isAOld = a !== b;',
      },
    ],
  },
  alias_contradicts: {
    rule: 'an alias of a browser that is another user already is refused, and changes nothing',
    breaks: 'it is a login like any other',
    budget: 60,
    weather: { ...manyLogins, aliases: 0.7 },
    patches: [
      {
        file: `${decisions}/profiles/identify.ts`,
        find: "if (event.type === 'alias' && !isFirstLink && user !== null && user !== state.link) {",
        replace: "if (event.type === 'alias' && state.recent.length < 0) {",
      },
    ],
  },
  alias_moves_route: {
    rule: 'an alias of a browser that is another user already is refused, and changes nothing',
    breaks: 'it is refused, and what comes later goes to the user that it named',
    budget: 60,
    weather: { ...manyLogins, aliases: 0.7 },
    patches: [
      {
        file: `${decisions}/profiles/identify.ts`,
        find: "return { kind: 'contradiction', state: { ...state, recent } };",
        replace: "return { kind: 'contradiction', state: { ...state, recent, route: user } };",
      },
    ],
  },
  alias_claims: {
    rule: 'an alias claims the past of the browser that it names',
    breaks: 'it only says where later events go',
    budget: 60,
    weather: { ...manyLogins, aliases: 0.7 },
    patches: [
      {
        file: `${decisions}/profiles/identify.ts`,
        find: 'const isFirstLink = user !== null && state.link === null;',
        replace: "const isFirstLink = user !== null && state.link === null && event.type !== 'alias';",
      },
    ],
  },
  catalog_source: {
    rule: 'markers are outputs of a log-pure task',
    breaks: 'whoever publishes writes them himself, and may die in between',
    budget: 60,
    patches: [
      {
        file: `${enricher}/core.ts`,
        find: 'if (activation === null) return NOTHING;',
        replace: 'if (activation === null || offset >= 0) return NOTHING;',
      },
      {
        file: 'tests/simulation/src/world/world.ts',
        find: "import { serde } from '../house/serde.ts';",
        replace: "import { identifiedRecord } from '@kairos/contracts';\nimport { serde } from '../house/serde.ts';",
      },
      {
        file: 'tests/simulation/src/world/world.ts',
        find: "    this.count('published');\n",
        replace: `    for (const target of this.cluster.logs('events.identified')) {
      if (this.#publications > 1 && this.random.chance(0.2)) return;
      const marker = { playbookOffset: log.end - 1, version };
      const value = serde.encode('events.identified', identifiedRecord({ marker }));
      this.cluster.append(target, [{ topic: target.topic, key: 'marker', value }]);
    }
`,
      },
    ],
  },
  feedback_pure: {
    rule: 'a task folds one input partition',
    breaks: 'feedback is sent on by what another task has learned of the browser meanwhile',
    budget: 60,
    weather: manyLogins,
    patches: [
      {
        file: `${enricher}/core/identify-collected.ts`,
        find: 'const { event, move, pointings } = outcome;',
        replace: `const { event, move, pointings } = outcome;
  const shared = globalThis as unknown as { learned?: Map<string, string> };
  shared.learned = (shared.learned ?? new Map<string, string>()).set(personId, event.personId);`,
      },
      {
        file: `${enricher}/core.ts`,
        find: 'const tell = (feedback: Feedback): Emission => ({',
        replace: `const learned = (personId: string): string =>
  (globalThis as unknown as { learned?: Map<string, string> }).learned?.get(personId) ?? personId;
const tell = ({ personId, ...about }: Feedback): Emission => told({ ...about, personId: learned(personId) });
const told = (feedback: Feedback): Emission => ({`,
      },
    ],
  },
  journey_version: {
    rule: 'a running journey finishes on the version that it entered',
    breaks: 'it goes on by the version that is live',
    budget: 60,
    patches: [
      {
        file: `${decisions}/journeys/person.ts`,
        find: 'const journey = playbook?.journeys.find(instance);',
        replace: 'const journey = playbook?.journeys.startedBy.get(instance.triggerId)?.[0];',
      },
    ],
  },
  journey_exit: {
    rule: 'what ends a journey ends it at once',
    breaks: 'it says so and goes on',
    budget: 60,
    patches: [
      {
        file: `${decisions}/journeys/machine.ts`,
        find: 'if (code !== null) return exit(instance, code, moment);',
        replace: 'if (code !== null) return { instance, facts: exit(instance, code, moment).facts };',
      },
    ],
  },
  journey_due: {
    rule: 'a person is due when a trigger or a journey is',
    breaks: 'where a trigger waits, too, its time counts',
    budget: 60,
    patches: [
      {
        file: `${decisions}/journeys/detect.ts`,
        find: 'return Math.min(ofTriggers, ofJourneys);',
        replace: 'return ofTriggers;',
      },
    ],
  },
  expiry_decided: {
    rule: 'past `expiresAfter` nothing is chosen',
    breaks: 'who decides late chooses all the same',
    budget: 60,
    patches: [
      {
        file: `${decisions}/arbitration/gates.ts`,
        find: 'nowMs >= proposal.expiresAtMs ?',
        replace: 'nowMs < 0 ?',
      },
    ],
  },
  expiry_handed_over: {
    rule: 'past `expiresAfter` nothing is handed over',
    breaks: 'what was chosen in time is handed over whenever the channel comes to it',
    budget: 60,
    patches: [
      {
        file: 'services/channel-dispatchers/src/core.ts',
        find: 'if (nowMs >= message.expiresAtMs)',
        replace: 'if (nowMs < 0)',
      },
    ],
  },
  expiry_renewed: {
    rule: 'a candidate that is weighed again keeps its time, whoever its person has become',
    breaks: 'at the new person its time begins anew',
    budget: 150,
    weather: slowDoors,
    patches: [
      {
        file: `${decisions}/arbitration/moves.ts`,
        find: 'proposal: { ...waiting.proposal, personId },',
        replace: `proposal: { ...waiting.proposal, personId, expiresAtMs: timeMs + 60_000 },`,
      },
    ],
  },
};

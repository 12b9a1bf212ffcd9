// Reference pages from the topic table and the closed lists of codes; called by generate.mjs.

const days = (ms) => (ms === null ? 'for ever (compacted)' : `${ms / 86_400_000} days`);

export function topicsPage({ topics, deadLettersOf, timeSources }, schemas) {
  const rows = Object.values(topics).map(
    (topic) =>
      `| \`${topic.name}\` | ${topic.key} | ${topic.writers.join(', ')} | ${topic.readers.join(', ')} | ${topic.partitions === 'single' ? 1 : 'walk'} | ${topic.cleanup} | ${days(topic.retentionMs)} | ${topic.states} |`,
  );
  const fields = Object.values(topics)
    .filter((topic) => topic.schema === topic.name || topic.name === 'enrich.changelog')
    .map(
      (topic) =>
        `## ${topic.schema === 'changelog' ? '*.changelog' : topic.name}\n\n${recordText(schemas[topic.schema], 3)}`,
    );
  const loops = Object.values(topics)
    .filter((topic) => topic.loop)
    .map((topic) => `- \`${topic.name}\`: ${topic.loop}`);
  return [
    '# Topics',
    'Generated from `packages/contracts`; do not edit. Values are Avro in the Confluent wire format, subject `<topic>-value`, compatibility FULL_TRANSITIVE. Topics use LogAppendTime. `walk` topics share one partition count (default 12), so partition p feeds partition p.',
    `| topic | key | writers | readers | partitions | cleanup | kept | states |\n|---|---|---|---|---|---|---|---|\n${rows.join('\n')}`,
    `Every topic that is consumed has a \`${deadLettersOf('events.collected').replace('events.collected', '<topic>')}\` topic beside it for what could not be processed.`,
    `Declared loops, against the walk:\n\n${loops.join('\n')}`,
    `Time is the minimum over all partitions of ${timeSources.map((name) => `\`${name}\``).join(', ')}.`,
    ...fields,
  ]
    .join('\n\n')
    .concat('\n');
}

function recordText(schema, depth) {
  const nested = [];
  const rows = schema.fields.map((field) => {
    const { text, record } = typeText(field.type);
    if (record) nested.push(record);
    const fallback = field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``;
    return `| \`${field.name}\` | ${text} | ${fallback} | ${field.doc} |`;
  });
  const inner = nested.map(
    (record) => `${'#'.repeat(Math.min(depth, 6))} ${record.name}\n\n${recordText(record, depth + 1)}`,
  );
  return [
    `${schema.doc}\n\n| field | type | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}`,
    ...inner,
  ].join('\n\n');
}

function typeText(type) {
  if (typeof type === 'string') return { text: type };
  if (Array.isArray(type)) {
    const other = typeText(type.find((branch) => branch !== 'null'));
    return { ...other, text: `${other.text}, optional` };
  }
  if (type.type === 'array') {
    const item = typeText(type.items);
    return { ...item, text: `list of ${item.text}` };
  }
  return { text: type.name, record: type };
}

export function reasonsPage({ reasons, planFaults }) {
  const rows = Object.entries(reasons).map(
    ([code, reason]) => `| \`${code}\` | ${reason.emitters.join(', ')} | ${reason.sentence} | ${reason.remedy ?? ''} |`,
  );
  const faults = Object.entries(planFaults).map(
    ([code, fault]) => `| \`${code}\` | ${fault.sentence} | ${fault.remedy} |`,
  );
  return `# Reason codes\n\nGenerated from \`packages/contracts/src/reasons.ts\`; do not edit. The closed list of reasons why something was not started, not chosen or not sent. Names in braces are filled from the decision's numbers.\n\n| code | emitted by | sentence | remedy |\n|---|---|---|---|\n${rows.join('\n')}\n\n## Faults against the tracking plan\n\nFrom \`packages/contracts/src/plan-faults.ts\`: how an event does not keep to the tracking plan, on \`events.enriched\` and in the counts.\n\n| code | sentence | remedy |\n|---|---|---|\n${faults.join('\n')}\n`;
}

export function errorsPage(errors) {
  const rows = Object.entries(errors).map(
    ([code, error]) =>
      `| \`${code}\` | ${error.status ?? ''} | ${error.emitters.join(', ')} | ${error.canRetry ? 'yes' : 'no'} | ${error.sentence} |`,
  );
  return `# Error codes\n\nGenerated from \`packages/contracts/src/errors.ts\`; do not edit. The closed list of errors that a client, an operator or a dead letter may show. The message beside a code names the field, the value and the remedy.\n\n| code | HTTP | emitted by | worth a retry | sentence |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

export function asyncApi({ topics }, schemas, version) {
  const channels = {};
  const operations = {};
  const messages = {};
  for (const topic of Object.values(topics)) {
    const id = topic.name.replaceAll('.', '_').replaceAll('-', '_');
    channels[id] = {
      address: topic.name,
      description: topic.states,
      messages: { [id]: { $ref: `#/components/messages/${id}` } },
      bindings: {
        kafka: {
          topic: topic.name,
          topicConfiguration: { 'cleanup.policy': [topic.cleanup], 'retention.ms': topic.retentionMs ?? -1 },
          bindingVersion: '0.5.0',
        },
      },
    };
    messages[id] = {
      name: schemas[topic.schema].name,
      contentType: 'application/vnd.apache.avro;version=1.9.0',
      summary: schemas[topic.schema].doc,
      bindings: {
        kafka: {
          key: { type: 'string', description: topic.key },
          schemaIdLocation: 'payload',
          schemaIdPayloadEncoding: 'confluent',
          bindingVersion: '0.5.0',
        },
      },
      payload: { schemaFormat: 'application/vnd.apache.avro+json;version=1.9.0', schema: schemas[topic.schema] },
    };
    for (const party of topic.writers)
      operations[`${party.replaceAll('-', '_')}_sends_${id}`] = {
        action: 'send',
        channel: { $ref: `#/channels/${id}` },
        summary: `${party} writes ${topic.name}`,
      };
    for (const party of topic.readers)
      operations[`${party.replaceAll('-', '_')}_receives_${id}`] = {
        action: 'receive',
        channel: { $ref: `#/channels/${id}` },
        summary: `${party} reads ${topic.name}`,
      };
  }
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Kairos',
      version,
      license: { name: 'Apache-2.0' },
      description: 'Topics of Kairos. Generated from packages/contracts; do not edit.',
    },
    defaultContentType: 'application/vnd.apache.avro',
    channels,
    operations,
    components: { messages },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

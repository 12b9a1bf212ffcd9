import { checkCondition, isZone } from '@kairos/decisions';
import { z } from 'zod';

const name = z.string().min(1, 'must not be empty').max(200);
const column = name.describe('Name of a column of the file, as its header writes it.');

const needsZone = (format: string): boolean =>
  format !== 'unix' && format !== 'unixMs' && !/[zZ]/.test(format.replaceAll(/'[^']*'/g, ''));

/** A column, and how its text is read. */
const columnField = z
  .strictObject({
    column,
    type: z.enum(['text', 'integer', 'decimal', 'boolean', 'date']).default('text').describe('What the text says.'),
    required: z.boolean().default(false).describe('Refuse a row in which it is empty.'),
    map: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe('What the values of the file are called here, such as `{ J: true, N: false }`; others are refused.'),
    format: name.optional().describe('Of a date: see timestamp.'),
    zone: name.optional().describe('Of a date: see timestamp.'),
  })
  .superRefine((field, context) => {
    if (field.type === 'date') checkDate(field, context);
    else if (field.format !== undefined || field.zone !== undefined)
      context.addIssue({ code: 'custom', path: ['type'], message: 'must be date where a format or a zone is given' });
  });

/** `'till:{receipt}'`, `GBP`, 3, true, or a column with its type. */
const field = z.union([name, z.number(), z.boolean(), columnField]);
const fields = z.record(name, field);

function checkDate(date: { format?: string | undefined; zone?: string | undefined }, context: z.RefinementCtx): void {
  const { format = 'iso', zone } = date;
  if (zone !== undefined && !isZone(zone))
    context.addIssue({ code: 'custom', path: ['zone'], message: 'must be an IANA time zone such as Europe/London' });
  if (zone === undefined && format !== 'iso' && needsZone(format))
    context.addIssue({ code: 'custom', message: 'has a format without an offset: add zone, such as Europe/London' });
}

const timestamp = z
  .strictObject({
    column,
    format: name
      .default('iso')
      .describe('`iso` (with its offset, or zone), `unix` (seconds), `unixMs`, or tokens such as `dd.MM.yyyy HH:mm`.'),
    zone: name.optional().describe('Where the clock hangs that wrote it, such as Europe/London.'),
  })
  .superRefine(checkDate);

const isEncoding = (label: string): boolean => {
  try {
    return new TextDecoder(label).encoding !== '';
  } catch {
    return false;
  }
};

const file = z
  .strictObject({
    format: z.enum(['csv', 'ndjson']).default('csv').describe('`ndjson` is one JSON object a line.'),
    encoding: z
      .string()
      .refine(isEncoding, 'must be an encoding such as utf-8, windows-1252, iso-8859-15 or utf-16le')
      .default('utf-8')
      .describe('How the bytes say letters.'),
    delimiter: z.string().length(1, 'must be one character; a tab is "\\t"').default(',').describe('Between fields.'),
    quote: z.enum(['"', "'", 'none']).default('"').describe('Around a field that holds a delimiter or a line break.'),
    decimal: z.enum(['.', ',']).default('.').describe('Before the decimals of a number.'),
    thousands: z.enum(['none', '.', ',', ' ', "'"]).default('none').describe('Between groups of three digits.'),
    columns: z.array(name).min(1, 'must name at least one').optional().describe('For a file without a header.'),
    names: name.default('*.{csv,ndjson}{,.gz}').describe('Which files of a folder are read, in order of their names.'),
  })
  .refine(({ decimal, thousands }) => decimal !== thousands, {
    path: ['thousands'],
    message: 'must be another sign than decimal',
  });

const condition = z.string().superRefine((text, context) => {
  for (const { message } of checkCondition(text)) context.addIssue({ code: 'custom', message });
});

const eventCase = z.union([
  z.strictObject({
    if: condition.optional().describe('A condition over `properties`; the first that is true counts.'),
    name: name.describe('Name of the event.'),
    negate: z.array(name).default([]).describe('Numbers whose sign is turned, such as the total of a refund.'),
  }),
  z.strictObject({
    if: condition.describe('Such rows are no events.'),
    skip: z.literal(true).describe('They are counted and left out.'),
  }),
]);

const sum = z.union([
  z.strictObject({ column: column.describe('A decimal column.') }),
  z.strictObject({ times: z.array(column).min(2, 'must name two columns').max(4).describe('Decimal columns.') }),
]);

const group = z.strictObject({
  by: z.array(column).min(1, 'must name at least one column').describe('Rows that agree in these are one event.'),
  rows: z
    .enum(['together', 'anywhere'])
    .default('together')
    .describe('`anywhere` also joins rows that lie far apart, even in two files; all events are held in memory then.'),
  lists: z.record(name, fields).default({}).describe('A property that is a list with one item per row.'),
  sums: z.record(name, sum).default({}).describe('A property that is the exact sum over the rows.'),
});

const people = z
  .strictObject({
    userId: field.optional(),
    anonymousId: field.optional(),
    email: field.optional(),
    phone: field.optional().describe('In international form, such as +44 20 7946 0018.'),
    card: field.optional().describe('Number of a loyalty card; never of a card that one pays with.'),
  })
  .refine((ids) => Object.keys(ids).length > 0, 'must name at least one of userId, anonymousId, email, phone, card');

export const mappingSchema = z
  .strictObject({
    kind: z.literal('Mapping'),
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower case letters, digits and hyphens, at most 40')
      .describe('Part of every message id: another id would take all rows in once more.'),
    description: z.string().max(400).default('').describe('What the file tells.'),
    source: z
      .enum(['offline', 'server', 'import'])
      .default('import')
      .describe('Whose write key is shown to the collector. What `import` sends is always backfill.'),
    backfill: z.boolean().default(true).describe('`false`: the rows are news, and may start a conversation.'),
    file: file.prefault({}),
    key: z
      .array(column)
      .min(1, 'must name at least one column')
      .optional()
      .describe('What names an event. The message id is made of it, so what is sent twice takes effect once.'),
    timestamp,
    ids: people.describe('Who did it; all that are not empty are sent.'),
    otherwise: people.optional().describe('Who did it where all of ids are empty.'),
    event: z
      .union([name, z.array(eventCase).min(1, 'must name at least one event')])
      .transform((given) => (typeof given === 'string' ? [{ name: given, negate: [] }] : given)),
    properties: fields.default({}).describe('What the event says, by name.'),
    traits: fields.default({}).describe('What the event says of the person, by name.'),
    group: group.optional().describe('For files with several rows per event, such as the lines of a receipt.'),
  })
  .superRefine(({ key, group: grouped, source, backfill }, context) => {
    if (key === undefined && grouped === undefined)
      context.addIssue({ code: 'custom', path: ['key'], message: 'is missing: name the columns that name one event' });
    if (key !== undefined && grouped !== undefined)
      context.addIssue({ code: 'custom', path: ['key'], message: 'must be left out: the columns of group.by are it' });
    if (source === 'import' && !backfill)
      context.addIssue({
        code: 'custom',
        path: ['backfill'],
        message: 'must be true: source import sends history only',
      });
  })
  .meta({ title: 'Mapping', description: 'What the columns of a file mean.' });

export type Mapping = z.output<typeof mappingSchema>;
export type Field = z.output<typeof field>;
export type ColumnField = z.output<typeof columnField>;
export type People = z.output<typeof people>;
export type EventCase = Mapping['event'][number];
export type Group = NonNullable<Mapping['group']>;
export type FileFormat = Mapping['file'];
export type DateField = { readonly format?: string | undefined; readonly zone?: string | undefined };

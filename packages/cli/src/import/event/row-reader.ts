import { hashId, normalizeE164, normalizeEmail } from '@kairos/decisions';
import type { Mapping, People } from '../mapping/schema.ts';
import { RowRefused } from '../refusal.ts';
import { columnsOf } from '../rows/read-rows.ts';
import { dateReader } from '../values/dates.ts';
import { type Cells, type FieldContext, fieldsReader, type Value } from '../values/field-reader.ts';

/** What a row says of an event, before it is decided which. */
export interface RowSays {
  readonly ids: { readonly userId?: string; readonly anonymousId?: string };
  readonly properties: Record<string, unknown>;
  readonly traits: Record<string, Value>;
}

/** Reads the rows of a mapping. Every function throws RowRefused. */
export interface RowReader {
  /** The message id of the event that a row belongs to. */
  messageIdOf(cells: Cells): string;
  timeOf(cells: Cells): number;
  says(cells: Cells): RowSays;
}

/** Clocks of tills may be a little ahead; the collector would replace the time. */
const AHEAD_MS = 300_000;

export const contextOf = (mapping: Mapping): FieldContext => {
  const places = new Map(columnsOf(mapping).map((column, at) => [column, at]));
  return { format: mapping.file, placeOf: (column) => places.get(column) ?? -1 };
};

export function rowReader(mapping: Mapping, nowMs: number): RowReader {
  const context = contextOf(mapping);
  const key = (mapping.key ?? mapping.group?.by ?? []).map((column) => ({ column, place: context.placeOf(column) }));
  const time = dateReader(mapping.timestamp);
  const timePlace = context.placeOf(mapping.timestamp.column);
  const properties = fieldsReader(mapping.properties, context);
  const traits = fieldsReader(mapping.traits, context);
  const people = [mapping.ids, ...(mapping.otherwise === undefined ? [] : [mapping.otherwise])].map((who) =>
    fieldsReader(who as People, context),
  );
  return {
    messageIdOf(cells) {
      const values = key.map(({ place }) => cells[place] ?? '');
      if (values.some((value) => value !== '')) return `${mapping.id}:${hashId(mapping.id, ...values)}`;
      const field = key.map(({ column }) => column).join(', ');
      throw new RowRefused('VALUE_MISSING', {
        field,
        remedy: 'Fill it in: without its key the row could be sent twice.',
      });
    },
    timeOf(cells) {
      const { column } = mapping.timestamp;
      const text = cells[timePlace] ?? '';
      if (text === '') throw new RowRefused('VALUE_MISSING', { field: column, remedy: 'Say when it happened.' });
      const atMs = time(text, column);
      if (atMs <= nowMs + AHEAD_MS) return atMs;
      const remedy = `It is read as ${new Date(atMs).toISOString()}: correct it, or the format or zone in the mapping.`;
      throw new RowRefused('IN_FUTURE', { field: column, value: text, remedy });
    },
    says(cells) {
      const who = firstPerson(people, cells);
      const { email, phone, card, userId, anonymousId } = who;
      const address = {
        ...(email === undefined ? {} : { email: emailOf(String(email), mapping) }),
        ...(phone === undefined ? {} : { phone: phoneOf(String(phone), mapping) }),
        ...(card === undefined ? {} : { cardNumber: String(card) }),
      };
      return {
        ids: {
          ...(userId === undefined ? {} : { userId: String(userId) }),
          ...(anonymousId === undefined ? {} : { anonymousId: String(anonymousId) }),
        },
        properties: properties(cells),
        traits: { ...traits(cells), ...address },
      };
    },
  };
}

function firstPerson(
  people: readonly ((cells: Cells) => Record<string, Value>)[],
  cells: Cells,
): Record<string, Value> {
  for (const read of people) {
    const who = read(cells);
    for (const _ in who) return who;
  }
  throw new RowRefused('NOBODY', { remedy: 'Fill in one of the columns that ids or otherwise of the mapping name.' });
}

const columnNamed = (mapping: Mapping, id: 'email' | 'phone'): string => {
  const field = mapping.ids[id] ?? mapping.otherwise?.[id];
  return typeof field === 'object' ? field.column : id;
};

function emailOf(text: string, mapping: Mapping): string {
  const email = normalizeEmail(text);
  if (email !== null) return email;
  const field = columnNamed(mapping, 'email');
  throw new RowRefused('NOT_AN_EMAIL', { field, value: text, remedy: 'Write an address such as ada@example.com.' });
}

function phoneOf(text: string, mapping: Mapping): string {
  const phone = normalizeE164(text);
  if (phone !== null) return phone;
  const field = columnNamed(mapping, 'phone');
  const remedy = 'Write it in international form, such as +44 20 7946 0018.';
  throw new RowRefused('NOT_A_PHONE', { field, value: text, remedy });
}

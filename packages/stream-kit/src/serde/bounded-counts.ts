import avro, { type Type } from 'avsc';

/** The parts of avsc's internals that a type's reader and skipper are given. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  readString(): string;
  skipString(): void;
}

interface Inner {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/**
 * avsc believes the item count of an array or map: eight bytes of garbage keep it busy for minutes. Every item of ours
 * takes a byte at least, so a count above the bytes that are left is a lie.
 */
const readCount = (tap: Tap): number => {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.readLong();
  }
  if (count > tap.buf.length - tap.pos) throw new Error('it counts more items than it has bytes');
  return count;
};

class BoundedArrayType extends avro.types.ArrayType {
  _read(this: { readonly itemsType: Inner }, tap: Tap): unknown[] {
    const items: unknown[] = [];
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (let at = 0; at < count; at += 1) items.push(this.itemsType._read(tap));
    }
    return items;
  }

  _skip(this: { readonly itemsType: Inner }, tap: Tap): void {
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (let at = 0; at < count; at += 1) this.itemsType._skip(tap);
    }
  }
}

class BoundedMapType extends avro.types.MapType {
  _read(this: { readonly valuesType: Inner }, tap: Tap): Record<string, unknown> {
    // No prototype: a key may be called __proto__.
    const values: Record<string, unknown> = Object.create(null);
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (let at = 0; at < count; at += 1) {
        const key = tap.readString();
        values[key] = this.valuesType._read(tap);
      }
    }
    return values;
  }

  _skip(this: { readonly valuesType: Inner }, tap: Tap): void {
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (let at = 0; at < count; at += 1) {
        tap.skipString();
        this.valuesType._skip(tap);
      }
    }
  }
}

/** Compiles a schema so that no count in a record is believed blindly. */
export const compileBounded = (schema: object): Type => {
  const opts: Partial<avro.ForSchemaOptions> = {
    registry: {},
    omitRecordMethods: true,
    typeHook: (part, hookOpts) => {
      const kind = typeof part === 'object' && part !== null && 'type' in part ? part.type : undefined;
      if (kind === 'array') return new BoundedArrayType(part as avro.schema.ArrayType, hookOpts);
      if (kind === 'map') return new BoundedMapType(part as avro.schema.MapType, hookOpts);
      return undefined;
    },
  };
  return avro.Type.forSchema(schema as avro.Schema, opts);
};

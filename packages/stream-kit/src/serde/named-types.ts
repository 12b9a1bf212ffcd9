export type Named = Readonly<Record<string, unknown>> & { readonly name: string };

const isNamed = (type: unknown): type is Named =>
  typeof type === 'object' &&
  type !== null &&
  'name' in type &&
  typeof type.name === 'string' &&
  'type' in type &&
  (type.type === 'record' || type.type === 'enum' || type.type === 'fixed');

/** Parts of a schema in which further types stand. */
const inner = ['type', 'items', 'values'] as const;

/**
 * A part of a schema in which every named type stands where it is first used. Avro writes a type once and names it from
 * there on; whoever leaves out the field that holds it must write it at the next.
 */
export function withNamedTypes(part: object, whole: object): object {
  const known = namedTypes(whole);
  const written = new Set<string>();
  const walk = (type: unknown): unknown => {
    if (typeof type === 'string') {
      const named = known.get(type);
      return named === undefined || written.has(type) ? type : walk(named);
    }
    if (Array.isArray(type)) return type.map(walk);
    if (typeof type !== 'object' || type === null) return type;
    if (isNamed(type)) written.add(type.name);
    const copy: Record<string, unknown> = { ...type };
    for (const key of inner) if (key in copy) copy[key] = walk(copy[key]);
    if (Array.isArray(copy['fields'])) {
      copy['fields'] = copy['fields'].map((field: { readonly type: unknown }) => ({
        ...field,
        type: walk(field.type),
      }));
    }
    return copy;
  };
  return walk(part) as object;
}

/** Types that have a name, by it, where they stand first. */
export function namedTypes(schema: object): ReadonlyMap<string, Named> {
  const known = new Map<string, Named>();
  collect(schema, known);
  return known;
}

function collect(type: unknown, known: Map<string, Named>): void {
  if (Array.isArray(type)) for (const one of type) collect(one, known);
  if (typeof type !== 'object' || type === null || Array.isArray(type)) return;
  if (isNamed(type) && !known.has(type.name)) known.set(type.name, type);
  const parts = type as Readonly<Record<string, unknown>>;
  for (const key of inner) collect(parts[key], known);
  if (Array.isArray(parts['fields']))
    for (const field of parts['fields']) collect((field as { type: unknown }).type, known);
}

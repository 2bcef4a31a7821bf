/** JSON values that a schema rarely wants, and that careless code falls over. */
export const BAD_VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  0.5,
  '',
  'x'.repeat(70_000),
  'a\u0000b',
  '\ud800',
  '../../etc/passwd',
  "'; DROP TABLE messages; --",
  'not-a-uuid',
  '00000000-0000-0000-0000-000000000000',
  [],
  [null],
  [[[[]]]],
  {},
  { $ne: null },
  { toString: 'x', constructor: { prototype: {} } },
  JSON.parse('{"__proto__":{"isAdmin":true}}') as unknown,
]

export type Json = Record<string, unknown>

/** The object with each of its members replaced by each bad value, and left out; nested ones too. */
export function* mutate(good: Json, depth = 2): Generator<{ place: string; value: Json }> {
  for (const [name, member] of Object.entries(good)) {
    yield { place: name, value: without(good, name) }
    for (const bad of BAD_VALUES) yield { place: name, value: { ...good, [name]: bad } }
    if (depth <= 1 || !isObject(member)) continue
    for (const { place, value } of mutate(member, depth - 1)) {
      yield { place: `${name}.${place}`, value: { ...good, [name]: value } }
    }
  }
}

/** Values for a place where everything is text: a path or a query. */
export const BAD_TEXTS: readonly string[] = [
  'x',
  '-1',
  '0',
  '1e999',
  'NaN',
  '%00',
  '\u0000',
  "' OR 1=1 --",
  'null',
  '[object Object]',
  '9'.repeat(40),
  'é'.repeat(500),
  '00000000-0000-0000-0000-000000000000',
]

/** Bodies that are no object at all, or none that anybody should parse. */
export const BAD_BODIES: readonly string[] = [
  '',
  '{',
  '{"a":1}}',
  'null',
  '[]',
  '"text"',
  '12',
  'undefined',
  '\ufeff{}x',
  '['.repeat(5000),
  `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`,
  JSON.stringify(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [index, 1]))),
]

const without = (value: Json, name: string): Json =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

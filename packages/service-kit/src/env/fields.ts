import { z } from 'zod'

/** What production demands of a value besides being there. */
export type SecretRule = {
  /** Shortest length in UTF-8 bytes. */
  minBytes: number
  /** The value is a comma-separated list, each item a secret (rotation). */
  isList: boolean
  /** May be absent altogether, also in production. */
  isOptional: boolean
  /** Name of a URL variable that may carry this secret instead ("a URL wins over its parts"). */
  insteadOf?: string
}

/** One variable: text or nothing comes in, a `T` comes out. */
export type Field<T> = z.ZodType<T, string | undefined>

/** Marks the fields that hold secrets; `readConfig` looks them up here. */
export const secretRules = z.registry<SecretRule>()

/** Shortest secret that production accepts. */
export const SECRET_BYTES = 32

const number = (text: string): number => Number(text)

const split = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

function seconds(text: string): number {
  const match = /^(\d{1,9})([smhd])?$/.exec(text)
  const unit = z.enum(['s', 'm', 'h', 'd']).safeParse(match?.[2] ?? 's')
  return match && unit.success ? Number(match[1]) * UNITS[unit.data] : Number.NaN
}

type SecretOptions = {
  /** Shortest length that production accepts; less than 32 only for keys that somebody else issues. */
  minBytes?: number
  /** The URL variable that may carry this secret instead. */
  insteadOf?: string
}

const rule = (options: SecretOptions, more: Partial<SecretRule>): SecretRule => ({
  minBytes: options.minBytes ?? SECRET_BYTES,
  isList: false,
  isOptional: false,
  ...(options.insteadOf === undefined ? {} : { insteadOf: options.insteadOf }),
  ...more,
})

/** The kinds of variables a config schema is made of. Every value arrives as text. */
export const fields = {
  /** A TCP port, 0 to 65535 (0: any free one). */
  port: (fallback: number): Field<number> => fields.int(fallback, { min: 0, max: 65_535 }),

  /** A whole number within bounds. */
  int: (fallback: number, bounds: Bounds = {}): Field<number> =>
    wholeNumber(bounds).default(fallback),

  /** A whole number that may be absent. */
  optionalInt: (bounds: Bounds = {}): Field<number | undefined> => wholeNumber(bounds).optional(),

  /** `true` or `false` (also `1`, `0`, `yes`, `no`, `on`, `off`). */
  flag: (fallback: boolean): Field<boolean> =>
    z
      .stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] })
      .default(fallback),

  /** Comma-separated values; blanks around them do not count. */
  list: (fallback: readonly string[]): Field<string[]> =>
    z
      .string()
      .transform(split)
      .default([...fallback]),

  /** Any text. */
  text: (fallback: string): Field<string> => z.string().default(fallback),

  /** Text that may be absent. */
  optional: (): Field<string | undefined> => z.string().optional(),

  /** One of a few words. */
  choice: <const C extends string>(values: readonly C[], fallback: NoInfer<C>): Field<C> =>
    z.literal(values).default(() => z.literal(values).parse(fallback)),

  /** An address such as `http://main-api:3010`. */
  url: (fallback: string): Field<string> => address.default(fallback),

  /** An address that may be absent. */
  optionalUrl: (): Field<string | undefined> => address.optional(),

  /** A time such as `15m`, `30d` or `900`; the value is in seconds. */
  duration: (fallbackSeconds: number): Field<number> =>
    z
      .string()
      .transform(seconds)
      .pipe(z.int('is not a time such as 15m').min(1))
      .default(fallbackSeconds),

  /** A secret that must be there. */
  secret: (options: SecretOptions = {}): Field<string> =>
    secret(z.string('is missing'), rule(options, {})),

  /** Secrets of which the first is used and all are accepted; at least one. */
  secretList: (options: SecretOptions = {}): Field<string[]> =>
    secret(
      z.string('is missing').transform(split).pipe(z.array(z.string()).min(1, 'is missing')),
      rule(options, { isList: true }),
    ),

  /** A secret of a part that may be switched off by leaving it out. */
  optionalSecret: (options: SecretOptions = {}): Field<string | undefined> =>
    secret(z.string().optional(), rule(options, { isOptional: true })),

  /** A secret that a URL variable may carry instead; one of the two must be there in production. */
  secretOrUrl: (urlName: string): Field<string | undefined> =>
    secret(z.string().optional(), rule({ insteadOf: urlName }, {})),
}

type Bounds = { min?: number; max?: number }

const address = z.string().refine((text) => URL.canParse(text), 'is not a URL')

function secret<T>(field: Field<T>, itsRule: SecretRule): Field<T> {
  secretRules.add(field, itsRule)
  return field
}

function wholeNumber({
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
}: Bounds): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^-?\d{1,16}$/, 'is not a whole number')
    .transform(number)
    .pipe(z.int().min(min, `is less than ${min}`).max(max, `is more than ${max}`))
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { codeOf } from '../../test/code-of.js'
import { openDatabase, ownSchema } from '../../test/database.js'
import { parseInt8, parseTimestamp } from './driver.js'
import { type Sql, checkDatabase, hotPath, isUniqueViolation, outbox, prepare } from './index.js'

const { db, metrics } = openDatabase()
let schema = ''
let drop: () => Promise<unknown> = () => Promise.resolve()

beforeAll(async () => {
  ;({ schema, drop } = await ownSchema(db))
  await db.none(`CREATE TABLE ${schema}.things (id int PRIMARY KEY, name text)`)
})
afterAll(async () => {
  await drop()
  await db.close()
})

const count = (sql: Sql): Promise<number> =>
  sql.one(`SELECT count(*) FROM ${schema}.things`, [], (row: { count: number }) => row.count)
const insert = (sql: Sql, id: number) =>
  sql.none(`INSERT INTO ${schema}.things VALUES ($1, 'x')`, [id])

describe('values', () => {
  it('gives times as ISO strings with milliseconds, whatever the zone they came in', async () => {
    const row = await db.one(
      `SELECT timestamptz '2025-01-31 12:30:00.1239+02' AS t, now() - interval '1 day' AS y, NULL::timestamptz AS n`,
    )
    expect(row).toEqual({
      t: '2025-01-31T10:30:00.123Z',
      y: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      n: null,
    })
  })

  it.each([
    ['2025-01-31 10:30:00+00', '2025-01-31T10:30:00.000Z'],
    ['2025-01-31 10:30:00.5+00', '2025-01-31T10:30:00.500Z'],
    ['2025-01-31 10:30:00.999999+00', '2025-01-31T10:30:00.999Z'],
    ['2025-01-31 10:30:00.5+05:30', '2025-01-31T05:00:00.500Z'],
    ['infinity', 'infinity'],
  ])('reads %s as %s', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected)
  })

  it('gives bigint as numbers, and fails where one does not fit', async () => {
    const row = await db.one('SELECT 9007199254740991::bigint AS most')
    expect(row).toEqual({ most: Number.MAX_SAFE_INTEGER })
    expect(() => parseInt8('9007199254740992')).toThrow(RangeError)
    await expect(db.one('SELECT 9007199254740992::bigint')).rejects.toThrow(RangeError)
    await checkDatabase(db)
  })

  it('takes named parameters without letting them become SQL', async () => {
    const text = `'); DROP TABLE things; --`
    expect(await db.one('SELECT $<text> AS text', { text })).toEqual({ text })
  })
})

describe('tx', () => {
  it('commits what resolves and rolls back what rejects', async () => {
    await db.tx('good', (tx) => insert(tx, 1))
    const failing = db.tx('bad', async (tx) => {
      await insert(tx, 2)
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await count(db)).toBe(1)
  })

  it('shows a store the raw error, such as a taken key', async () => {
    const err = await db.tx('twice', (tx) => insert(tx, 1)).catch((err: unknown) => err)
    expect(isUniqueViolation(err)).toBe(true)
    expect(isUniqueViolation(err, 'things_pkey')).toBe(true)
    expect(isUniqueViolation(err, 'other')).toBe(false)
  })

  it('is timed under its name, statements under their verb or name', async () => {
    const named = prepare('find-thing', `SELECT name FROM ${schema}.things WHERE id = $1`)
    expect(await db.any(named([1]))).toEqual([{ name: 'x' }])
    const text = await metrics.text()
    for (const operation of ['good', 'select', 'find-thing']) {
      expect(text).toContain(`sup_db_query_duration_seconds_count{operation="${operation}"}`)
    }
    expect(text).toMatch(/sup_db_pool_connections\{state="idle"\} [1-4]/)
  })
})

describe('limits', () => {
  it('are set for every session, shorter on the hot path', async () => {
    const settings = (sql: Sql) =>
      sql.one(`SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
                      current_setting('idle_in_transaction_session_timeout') AS idle`)
    expect(await settings(db)).toEqual({ statement: '5s', lock: '2s', idle: '10s' })
    expect(await settings(hotPath(db))).toEqual({ statement: '2s', lock: '1s', idle: '10s' })
  })

  it('turn a slow statement and a lock that is held into SERVICE_UNAVAILABLE', async () => {
    const { db: quick } = openDatabase({ statementTimeoutMs: 100, lockTimeoutMs: 50 })
    expect(await codeOf(quick.one('SELECT pg_sleep(2)'))).toBe('SERVICE_UNAVAILABLE')
    await db.tx('hold', async (tx) => {
      await tx.one(`SELECT 1 FROM ${schema}.things WHERE id = 1 FOR UPDATE`)
      const wait = quick.tx('wait', (other) =>
        other.one(`SELECT 1 FROM ${schema}.things WHERE id = 1 FOR UPDATE`),
      )
      expect(await codeOf(wait)).toBe('SERVICE_UNAVAILABLE')
    })
    await checkDatabase(quick)
    await quick.close()
  })

  it('turn an exhausted pool into SERVICE_UNAVAILABLE after a second', async () => {
    const { db: small } = openDatabase({ poolMax: 1 })
    let release: () => void = () => undefined
    const holding = small.tx('hold', () => new Promise<void>((resolve) => (release = resolve)))
    const began = Date.now()
    expect(await codeOf(small.one('SELECT 1'))).toBe('SERVICE_UNAVAILABLE')
    expect(Date.now() - began).toBeLessThan(2000)
    release()
    await holding
    await small.close()
  })

  it('let the loser of a deadlock try again', async () => {
    await insert(db, 10)
    await insert(db, 11)
    const lock = (sql: Sql, id: number) =>
      sql.one(`SELECT 1 FROM ${schema}.things WHERE id = $1 FOR UPDATE`, [id])
    let holders = 0
    let tellBoth: () => void = () => undefined
    const bothHold = new Promise<void>((resolve) => (tellBoth = resolve))
    const crossing = (first: number, second: number) =>
      db.tx('crossing', async (tx) => {
        await lock(tx, first)
        holders += 1
        if (holders === 2) tellBoth()
        await bothHold
        await lock(tx, second)
      })
    const codes = await Promise.all([codeOf(crossing(10, 11)), codeOf(crossing(11, 10))])
    expect(codes.sort()).toEqual(['SERVICE_UNAVAILABLE', 'none'])
  })
})

describe('outbox', () => {
  beforeAll(() =>
    db.none(`CREATE TABLE ${schema}.outbox (id bigint GENERATED ALWAYS AS IDENTITY, type text, key text,
                                            payload jsonb, created_at timestamptz DEFAULT now())`),
  )
  const inSchema = <T>(fn: (tx: Sql) => Promise<T>): Promise<T> =>
    db.tx('outbox', async (tx) => {
      await tx.none(`SET LOCAL search_path TO ${schema}`)
      return fn(tx)
    })
  const rows = () => db.any(`SELECT type, key, payload FROM ${schema}.outbox ORDER BY id`)

  it('keeps rows in the order they were given, with any JSON in them', async () => {
    const payload = { text: `it's "quoted" $1 $<x> \\ ü\n`, list: [1, null, { deep: true }] }
    await inSchema((tx) => outbox(tx).add('one', { key: 'a', payload }))
    await inSchema((tx) =>
      outbox(tx).addAll([
        { type: 'two', key: 'a', payload: {} },
        { type: 'three', key: 'b', payload: {} },
      ]),
    )
    await inSchema((tx) => outbox(tx).addAll([]))
    expect(await rows()).toEqual([
      { type: 'one', key: 'a', payload },
      { type: 'two', key: 'a', payload: {} },
      { type: 'three', key: 'b', payload: {} },
    ])
  })

  it('has nothing of a change that did not happen', async () => {
    const before = (await rows()).length
    await inSchema(async (tx) => {
      await outbox(tx).add('ghost', { key: 'a', payload: {} })
      throw new Error('no')
    }).catch(() => undefined)
    expect(await rows()).toHaveLength(before)
  })
})

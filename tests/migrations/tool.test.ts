import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { migrateDown, migrateUp, migrationStatus } from '../../scripts/migrate.js'
import { type Db, listTables, makeFolder, withEmptyDatabase } from './scratch.js'

let files: ReturnType<typeof makeFolder>

beforeEach(() => {
  files = makeFolder()
  files.write('001_apples', 'CREATE TABLE apples (id int);', 'DROP TABLE apples;')
  files.write('002_pears', 'CREATE TABLE pears (id int);', 'DROP TABLE pears;')
})

afterEach(() => {
  files.remove()
})

const states = async (databaseUrl: string): Promise<string[]> => {
  const all = await migrationStatus({ databaseUrl, folder: files.folder })
  return all.map(({ name, state }) => `${name} ${state}`)
}

describe('migrationStatus', () => {
  it('tells applied, pending, edited and missing files apart', async () => {
    await withEmptyDatabase(async (databaseUrl) => {
      expect(await states(databaseUrl)).toEqual(['001_apples pending', '002_pears pending'])
      await migrateUp({ databaseUrl, folder: files.folder })
      files.write('003_plums', 'SELECT 1;', 'SELECT 1;')
      files.write('002_pears', 'CREATE TABLE pears (id bigint);', 'DROP TABLE pears;')
      rmSync(join(files.folder, '001_apples.sql'))
      expect(await states(databaseUrl)).toEqual([
        '001_apples missing',
        '002_pears edited',
        '003_plums pending',
      ])
    })
  })

  it('changes nothing', async () => {
    await withEmptyDatabase(async (databaseUrl, db) => {
      await migrationStatus({ databaseUrl, folder: files.folder })
      expect(await db.one("SELECT to_regclass('schema_migrations') AS name")).toEqual({
        name: null,
      })
    })
  })
})

describe('an applied file', () => {
  it('that was edited is refused, up and down, and nothing happens', async () => {
    await withEmptyDatabase(async (databaseUrl, db) => {
      await migrateUp({ databaseUrl, folder: files.folder })
      files.write('001_apples', 'CREATE TABLE apples (id bigint);', 'DROP TABLE apples;')
      files.write('003_plums', 'CREATE TABLE plums (id int);', 'DROP TABLE plums;')
      const refusal = /001_apples was edited after it was applied/
      await expect(migrateUp({ databaseUrl, folder: files.folder })).rejects.toThrow(refusal)
      await expect(migrateDown({ databaseUrl, folder: files.folder, count: 1 })).rejects.toThrow(
        refusal,
      )
      expect(await listTables(db)).toEqual(['apples', 'pears'])
    })
  })

  it('that is gone or was renamed is refused', async () => {
    await withEmptyDatabase(async (databaseUrl) => {
      await migrateUp({ databaseUrl, folder: files.folder })
      renameSync(join(files.folder, '002_pears.sql'), join(files.folder, '002_grapes.sql'))
      await expect(migrateUp({ databaseUrl, folder: files.folder })).rejects.toThrow(
        /002_pears is applied to this database, but its file is not here/,
      )
    })
  })

  it('may change its line endings, as git does', async () => {
    await withEmptyDatabase(async (databaseUrl) => {
      await migrateUp({ databaseUrl, folder: files.folder })
      const path = join(files.folder, '001_apples.sql')
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'))
      expect(await migrateUp({ databaseUrl, folder: files.folder })).toEqual([])
    })
  })

  it('with Windows line endings from the start applies and is taken back', async () => {
    await withEmptyDatabase(async (databaseUrl, db) => {
      const path = join(files.folder, '001_apples.sql')
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'))
      await migrateUp({ databaseUrl, folder: files.folder })
      await migrateDown({ databaseUrl, folder: files.folder, count: 2 })
      expect(await listTables(db)).toEqual([])
    })
  })
})

describe('a new file', () => {
  it('that sorts before an applied one is refused', async () => {
    await withEmptyDatabase(async (databaseUrl) => {
      await migrateUp({ databaseUrl, folder: files.folder })
      files.write('001_bananas', 'SELECT 1;', 'SELECT 1;')
      await expect(migrateUp({ databaseUrl, folder: files.folder })).rejects.toThrow(/001_bananas/)
    })
  })

  it('without its two halves is refused before anything runs', async () => {
    await withEmptyDatabase(async (databaseUrl, db) => {
      writeFileSync(join(files.folder, '003_plums.sql'), 'CREATE TABLE plums (id int);')
      await expect(migrateUp({ databaseUrl, folder: files.folder })).rejects.toThrow(
        /003_plums\.sql needs the lines "-- Up Migration" and then "-- Down Migration"/,
      )
      expect(await listTables(db)).toEqual([])
    })
  })
})

describe('migrateUp', () => {
  it('called three times at once applies each file once', async () => {
    await withEmptyDatabase(async (databaseUrl, db) => {
      const up = () => migrateUp({ databaseUrl, folder: files.folder })
      const done = await Promise.all([up(), up(), up()])
      expect(done.flat().sort()).toEqual(['001_apples', '002_pears'])
      expect(done.filter((names) => names.length === 0)).toHaveLength(2)
      expect(await db.one('SELECT count(*)::int AS rows FROM schema_migrations')).toEqual({
        rows: 2,
      })
    })
  })

  it('leaves nothing of a file that fails, and keeps the files before it', async () => {
    await withEmptyDatabase(async (databaseUrl, db) => {
      files.write('002_pears', 'CREATE TABLE pears (id int); SELECT 1/0;', 'DROP TABLE pears;')
      await expect(migrateUp({ databaseUrl, folder: files.folder })).rejects.toThrow(
        /division by zero/,
      )
      expect(await listTables(db)).toEqual(['apples'])
      expect(await states(databaseUrl)).toEqual(['001_apples applied', '002_pears pending'])
      files.write('002_pears', 'CREATE TABLE pears (id int);', 'DROP TABLE pears;')
      expect(await migrateUp({ databaseUrl, folder: files.folder })).toEqual(['002_pears'])
    })
  })

  it('cut off in the middle leaves nothing, also no lock', async () => {
    await withEmptyDatabase(async (databaseUrl, db) => {
      files.write('002_pears', 'CREATE TABLE pears (id int); SELECT pg_sleep(60);', 'SELECT 1;')
      const broken = expect(migrateUp({ databaseUrl, folder: files.folder })).rejects.toThrow()
      await terminateSleeper(db)
      await broken
      expect(await listTables(db)).toEqual(['apples'])
      files.write('002_pears', 'CREATE TABLE pears (id int);', 'DROP TABLE pears;')
      expect(await migrateUp({ databaseUrl, folder: files.folder })).toEqual(['002_pears'])
    })
  })

  it('lets go of a table that is in use and tries again', async () => {
    await withEmptyDatabase(async (databaseUrl, db) => {
      await migrateUp({ databaseUrl, folder: files.folder })
      files.write('003_red', 'ALTER TABLE apples ADD red boolean;', 'ALTER TABLE apples DROP red;')
      const lines: string[] = []
      await db.connect().then(async (connection) => {
        await connection.none('BEGIN')
        await connection.none('LOCK TABLE apples IN ACCESS SHARE MODE')
        const log = (line: string): void => {
          lines.push(line)
          if (line.includes('in use')) void connection.none('COMMIT')
        }
        await migrateUp({ databaseUrl, folder: files.folder, log })
        await connection.done()
      })
      expect(lines).toEqual(['  a table is in use; trying again in 1 s', '  applied 003_red'])
    })
  })
})

describe('migrateDown', () => {
  it('is refused in production unless it is allowed', async () => {
    await withEmptyDatabase(async (databaseUrl, db) => {
      await migrateUp({ databaseUrl, folder: files.folder })
      const down = (env: NodeJS.ProcessEnv) =>
        migrateDown({ databaseUrl, folder: files.folder, count: 1, env })
      await expect(down({ NODE_ENV: 'production' })).rejects.toThrow(/refused in production/)
      expect(await listTables(db)).toEqual(['apples', 'pears'])
      expect(await down({ NODE_ENV: 'production', SUP_ALLOW_DOWN: '1' })).toEqual(['002_pears'])
    })
  })

  it('takes back no more than there is', async () => {
    await withEmptyDatabase(async (databaseUrl) => {
      expect(await migrateDown({ databaseUrl, folder: files.folder, count: 9 })).toEqual([])
      await migrateUp({ databaseUrl, folder: files.folder })
      expect(await migrateDown({ databaseUrl, folder: files.folder, count: 9 })).toEqual([
        '002_pears',
        '001_apples',
      ])
    })
  })
})

/** Waits until the migration sleeps, then cuts its connection as a killed process would. */
async function terminateSleeper(db: Db): Promise<void> {
  for (;;) {
    const cut = await db.any(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'sup-migrate' AND wait_event = 'PgSleep'`,
    )
    if (cut.length > 0) return
  }
}

import { afterEach, describe, expect, it } from '@jest/globals'
import { codeOf } from '../../test/code-of.js'
import { openDatabase } from '../../test/database.js'
import { testServer } from '../../test/servers.js'
import { type TcpProxy, startProxy } from '../../test/tcp-proxy.js'
import { checkDatabase, holdLock } from './index.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function throughProxy(options: Parameters<typeof openDatabase>[0] = {}) {
  const proxy: TcpProxy = await startProxy(testServer('DATABASE_URL'))
  const opened = openDatabase({ url: proxy.url, ...options })
  ends.push(() => proxy.close(), opened.db.close)
  return { proxy, ...opened }
}
describe('a database that goes away', () => {
  it('is SERVICE_UNAVAILABLE while it is away, and works again without a restart', async () => {
    const { proxy, db } = await throughProxy()
    await checkDatabase(db)
    proxy.cut()
    expect(await codeOf(db.one('SELECT 1'))).toBe('SERVICE_UNAVAILABLE')
    expect(await codeOf(db.tx('x', (tx) => tx.one('SELECT 1')))).toBe('SERVICE_UNAVAILABLE')
    proxy.heal()
    await checkDatabase(db)
  })

  it('in the middle of a transaction fails it', async () => {
    const { proxy, db } = await throughProxy()
    const work = db.tx('x', async (tx) => {
      await tx.one('SELECT 1')
      proxy.reset()
      await tx.one('SELECT 2')
    })
    expect(await codeOf(work)).toBe('SERVICE_UNAVAILABLE')
    await checkDatabase(db)
  })

  it('and stays silent fails in time, and its connection with the open transaction is never used again', async () => {
    const { proxy, db } = await throughProxy({ statementTimeoutMs: 100, poolMax: 1 })
    let pid = 0
    const began = Date.now()
    const work = db.tx('frozen', async (tx) => {
      pid = await tx.one('SELECT pg_backend_pid() AS pid', [], (row: { pid: number }) => row.pid)
      proxy.freeze()
      await tx.none(`SELECT set_config('kit.leak', 'yes', false)`)
    })
    expect(await codeOf(work)).toBe('SERVICE_UNAVAILABLE')
    expect(Date.now() - began).toBeLessThan(4000)
    proxy.heal()

    const next = await db.one(`SELECT pg_backend_pid() AS pid`)
    expect(next).not.toEqual({ pid })
  })

  it('does not keep anybody waiting to connect', async () => {
    const { proxy, db } = await throughProxy()
    proxy.freeze()
    const began = Date.now()
    expect(await codeOf(db.one('SELECT 1'))).toBe('SERVICE_UNAVAILABLE')
    expect(Date.now() - began).toBeLessThan(2500)
    proxy.heal()
  })

  it('with a wrong password is a fault of ours, not a reason to wait', async () => {
    const url = new URL(testServer('DATABASE_URL'))
    url.pathname = '/does_not_exist'
    const { db } = openDatabase({ url: url.href })
    ends.push(db.close)
    expect(await codeOf(db.one('SELECT 1'))).toBe('3D000')
  })
})

describe('holdLock', () => {
  const key = 700_000 + Math.floor(Math.random() * 100_000)

  it('lets one lead, and another after it', async () => {
    const { db } = openDatabase()
    ends.push(db.close)
    const first = await holdLock(db, key)
    expect(first?.isHeld()).toBe(true)
    expect(await holdLock(db, key)).toBeUndefined()

    await first?.release()
    expect(first?.isHeld()).toBe(false)
    await first?.lost
    const second = await holdLock(db, key)
    expect(second?.isHeld()).toBe(true)
    await second?.release()
  })

  it('notices at once that its connection is gone', async () => {
    const { proxy, db } = await throughProxy()
    const { db: other } = openDatabase()
    ends.push(other.close)
    const lock = await holdLock(db, key)
    const began = Date.now()
    proxy.reset()
    await lock?.lost
    expect(Date.now() - began).toBeLessThan(500)
    expect(lock?.isHeld()).toBe(false)
  })

  it('notices within seconds that its server is silent', async () => {
    const { proxy, db } = await throughProxy({ statementTimeoutMs: 100 })
    const lock = await holdLock(db, key)
    proxy.freeze()
    await lock?.lost
    expect(lock?.isHeld()).toBe(false)
    proxy.heal()
  })

  it('says when the database is away', async () => {
    const { proxy, db } = await throughProxy()
    proxy.cut()
    expect(await codeOf(holdLock(db, key))).toBe('SERVICE_UNAVAILABLE')
  })
})

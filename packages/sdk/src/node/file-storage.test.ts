import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from '@jest/globals'
import { createMemoryStorage } from '../storage/memory-storage.js'
import { type Storage, drop, put, remove } from '../storage/storage.js'
import { openFileStorage } from './file-storage.js'

const root = await mkdtemp(join(tmpdir(), 'sup-storage-'))
let folders = 0
const newFolder = (): string => join(root, String(folders++))
afterAll(() => rm(root, { recursive: true }))

const child = (...args: string[]) =>
  spawn(
    process.execPath,
    [
      '--conditions=sup-source',
      '--import',
      'tsx',
      fileURLToPath(new URL('../../test/storage-child.ts', import.meta.url)),
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )

const storages: [string, () => Promise<Storage>][] = [
  ['memory', () => Promise.resolve(createMemoryStorage())],
  ['file', () => openFileStorage(newFolder())],
]

describe.each(storages)('a storage in %s', (_name, open) => {
  it('gives back what was put, sorted, as copies', async () => {
    const storage = await open()
    const value = { text: 'a "quoted"\nline ✓' }
    await storage.transaction([put('n', 'b', value), put('n', 'a', 1), put('other', 'a', null)])
    value.text = 'changed'
    expect(await storage.list('n')).toEqual([
      { key: 'a', value: 1 },
      { key: 'b', value: { text: 'a "quoted"\nline ✓' } },
    ])
    expect(await storage.get('other', 'a')).toBeNull()
    expect(await storage.get('other', 'b')).toBeUndefined()
    await storage.close()
  })

  it('deletes keys and drops namespaces, in the order of the transaction', async () => {
    const storage = await open()
    await storage.transaction([put('n', 'a', 1), put('n', 'b', 2), put('m', 'a', 3)])
    await storage.transaction([remove('n', 'a'), drop('m'), put('m', 'z', 4)], { durable: true })
    expect(await storage.list('n')).toEqual([{ key: 'b', value: 2 }])
    expect(await storage.list('m')).toEqual([{ key: 'z', value: 4 }])
    await storage.close()
  })
})

describe('a storage in files', () => {
  it('is there again after it was closed, readable only for its owner', async () => {
    const folder = newFolder()
    const first = await openFileStorage(folder)
    await first.transaction([put('n', 'a', { x: 1 })])
    await first.close()
    const second = await openFileStorage(folder)
    expect(await second.get('n', 'a')).toEqual({ x: 1 })
    expect((await stat(join(folder, 'store.log'))).mode & 0o777).toBe(0o600)
    await second.close()
  })

  it('leaves out a torn transaction as a whole and goes on behind it', async () => {
    const folder = newFolder()
    const first = await openFileStorage(folder)
    await first.transaction([put('n', 'a', 1)])
    await first.close()
    await appendFile(join(folder, 'store.log'), '\n1234abcd [["n","a","2"],["n","b"')
    const warnings: string[] = []
    const log = { debug: () => undefined, warn: (text: string) => void warnings.push(text) }
    const second = await openFileStorage(folder, { log })
    await second.transaction([put('n', 'c', 3)])
    await second.close()
    const third = await openFileStorage(folder, { log })
    expect(await third.list('n')).toEqual([
      { key: 'a', value: 1 },
      { key: 'c', value: 3 },
    ])
    expect(warnings.length).toBeGreaterThan(0)
    await third.close()
  })

  it('keeps every acknowledged transaction, whole, of a process that is killed', async () => {
    const folder = newFolder()
    const writer = child(folder, 'n')
    let output = ''
    writer.stdout.on('data', (data: Buffer) => {
      output += data.toString()
      if (output.split('\n').length > 200) writer.kill('SIGKILL')
    })
    await once(writer, 'close')
    const acknowledged = output.split('\n').filter((line) => line !== '').length
    const storage = await openFileStorage(folder)
    const keys = new Set((await storage.list('n')).map(({ key }) => key))
    for (let i = 0; i < acknowledged; i++) expect(keys.has(`${String(i)}.left`)).toBe(true)
    for (const key of keys) expect(keys.has(key.replace('left', 'right'))).toBe(true)
    expect(await readdir(join(folder, 'users'))).toHaveLength(1)
    await storage.close()
  })

  it('is shared by processes that write at the same time', async () => {
    const folder = newFolder()
    const here = await openFileStorage(folder)
    const others = [child(folder, 'one', '300'), child(folder, 'two', '300')]
    const ends = others.map((process) => once(process, 'close'))
    for (let i = 0; i < 300; i++) await here.transaction([put('here', String(i), i)])
    await Promise.all(ends)
    expect(await here.list('one')).toHaveLength(600)
    expect(await here.list('two')).toHaveLength(600)
    expect(await here.list('here')).toHaveLength(300)
    await here.close()
  })

  it('shrinks when nobody else uses it, and only then', async () => {
    const folder = newFolder()
    const size = async (): Promise<number> => (await stat(join(folder, 'store.log'))).size
    const first = await openFileStorage(folder, { compactAbove: 2000 })
    const second = await openFileStorage(folder, { compactAbove: 2000 })
    for (let i = 0; i < 100; i++)
      await first.transaction([put('n', 'a', 'x'.repeat(100) + String(i))])
    expect(await size()).toBeGreaterThan(10_000)
    await second.close()
    for (let i = 0; i < 100; i++) await first.transaction([put('n', 'a', i)])
    expect(await size()).toBeLessThan(5000)
    expect(await first.get('n', 'a')).toBe(99)
    await first.close()
    const third = await openFileStorage(folder)
    expect(await third.list('n')).toEqual([{ key: 'a', value: 99 }])
    await third.close()
  })
})

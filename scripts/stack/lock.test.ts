import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { findLockHolder, takeLock } from './lock.js'
import { nameProcess } from './process-table.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sup-lock-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const write = (lock: object): void => {
  writeFileSync(join(folder, 'lock.json'), JSON.stringify(lock))
}

describe('the lock of a state folder', () => {
  it('is held by this process until it is released', () => {
    const lock = takeLock(folder)
    expect(findLockHolder(folder)).toEqual(nameProcess(process.pid))
    expect(takeLock(folder)).toEqual({ holder: nameProcess(process.pid) })
    if ('release' in lock) lock.release()
    expect(findLockHolder(folder)).toBeUndefined()
  })

  it('names another process that holds it', async () => {
    const other = spawn('sleep', ['60'])
    await once(other, 'spawn')
    const name = nameProcess(other.pid ?? 0)
    write(name ?? {})
    expect(takeLock(folder)).toEqual({ holder: name })
    other.kill('SIGKILL')
    await once(other, 'exit')
    expect(takeLock(folder)).toHaveProperty('release')
  })

  it('is free when its holder is gone', () => {
    const { pid } = spawnSync('true')
    write({ pid, startedAt: 'long ago' })
    expect(takeLock(folder)).toHaveProperty('release')
  })

  it('is free when another process has the pid of its holder', () => {
    write({ pid: process.pid, startedAt: 'another boot:1' })
    expect(findLockHolder(folder)).toBeUndefined()
    expect(takeLock(folder)).toHaveProperty('release')
  })

  it('is free when the file is broken', () => {
    writeFileSync(join(folder, 'lock.json'), '{"pid":')
    expect(takeLock(folder)).toHaveProperty('release')
  })
})

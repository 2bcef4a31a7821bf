import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { existsSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { removeDeadRuns } from './dead-runs.js'
import { StackError } from './stack-error.js'
import { checkDisk, loadSecrets, stateRoot } from './state.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sup-state-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('the state of a checkout', () => {
  it('lies where SUP_STATE_DIR says, else in a folder named after the checkout', () => {
    expect(stateRoot({ SUP_STATE_DIR: '/somewhere' })).toBe('/somewhere')
    expect(stateRoot({})).toMatch(/\/sup\/[0-9a-f]{12}$/)
  })

  it('keeps its secrets, readable for the owner alone', () => {
    const secrets = loadSecrets(folder)
    expect(loadSecrets(folder)).toEqual(secrets)
    expect(new Set(Object.values(secrets)).size).toBe(Object.keys(secrets).length)
    for (const secret of Object.values(secrets)) expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600)
  })

  it('is refused on a full disk, with a remedy', () => {
    expect(() => {
      checkDisk(folder, Number.MAX_SAFE_INTEGER)
    }).toThrow(StackError)
    expect(() => {
      checkDisk(folder, 1)
    }).not.toThrow()
  })

  it('loses the folders of dead runs and no others', async () => {
    const { pid } = spawnSync('true')
    const names = [`test-${pid}-1`, `load-${pid}`, `test-${process.pid}-1`, 'start', 'build']
    for (const name of names) mkdirSync(join(folder, name))
    await removeDeadRuns(folder)
    const left = names.filter((name) => existsSync(join(folder, name)))
    expect(left).toEqual([`test-${process.pid}-1`, 'start', 'build'])
  })
})

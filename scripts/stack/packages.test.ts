import { describe, expect, it } from '@jest/globals'
import { NEEDS, aptCommand, findProgram, missingPrograms } from './packages.js'
import { StackError } from './stack-error.js'

const missing = { isThere: () => false }
const redis = { name: 'Redis', packages: ['redis-server'], ...missing }
const s3 = { name: 'an S3 server', packages: ['radosgw', 'ceph-mon'], ...missing }

describe('missing server programs', () => {
  it('are named with the command that installs them', () => {
    const error = missingPrograms([redis, s3], true)
    expect(error).toBeInstanceOf(StackError)
    expect(error.message).toBe('Not installed on this machine: Redis, an S3 server')
    expect(error.remedy).toBe(
      'run: sudo apt-get install -y --no-install-recommends redis-server radosgw ceph-mon',
    )
  })

  it('are named by package where there is no apt', () => {
    expect(missingPrograms([redis], false).remedy).toContain('redis-server')
    expect(missingPrograms([redis], false).remedy).not.toContain('apt-get')
  })

  it('are all installed on the machine that runs the tests', () => {
    expect(NEEDS.filter((need) => !need.isThere())).toEqual([])
  })

  it('are found outside PATH too', () => {
    expect(findProgram('nginx')).toMatch(/\/nginx$/)
    expect(findProgram('no-such-program-of-sup')).toBeUndefined()
  })

  it('are installed without what is only recommended', () => {
    expect(aptCommand(['nginx'])).toBe('apt-get install -y --no-install-recommends nginx')
  })
})

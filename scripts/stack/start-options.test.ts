import { describe, expect, it } from '@jest/globals'
import { StackError } from './stack-error.js'
import { readStartOptions } from './start-options.js'

describe('the arguments of npm start', () => {
  it('are few', () => {
    expect(readStartOptions([])).toEqual({ onlyInfra: false, watch: false, help: false })
    expect(readStartOptions(['--only', 'infra']).onlyInfra).toBe(true)
    expect(readStartOptions(['--only=infra']).onlyInfra).toBe(true)
    expect(readStartOptions(['--watch']).watch).toBe(true)
  })

  it.each([[['--with', 'examples']], [['--only']], [['--only', 'redis']], [['infra']]])(
    'refuses %j',
    (args) => {
      expect(() => readStartOptions(args)).toThrow(StackError)
    },
  )
})

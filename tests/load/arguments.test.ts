import { describe, expect, it } from '@jest/globals'
import { readArguments } from './arguments.js'

describe('readArguments', () => {
  it('searches unless told otherwise', () => {
    expect(readArguments(['W1'])).toEqual({
      workload: 'W1',
      mode: 'search',
      rate: 0,
      json: false,
      direct: false,
      seconds: undefined,
    })
  })

  it('takes a rate alone as mode rate', () => {
    expect(readArguments(['W2', '--rate', '50', '--json'])).toMatchObject({
      mode: 'rate',
      rate: 50,
      json: true,
    })
  })

  it.each([
    [[], /which workload/],
    [['W6'], /unknown workload W6/],
    [['W1', 'W2'], /unknown workload W1 W2/],
    [['W1', '--mode', 'fast'], /unknown mode fast/],
    [['W1', '--mode', 'rate'], /needs --rate/],
    [['W1', '--mode', 'closed', '--rate', '5'], /no meaning in mode closed/],
    [['W1', '--rate', 'many'], /--rate must be a number over 0/],
    [['W1', '--verbose'], /verbose/],
  ])('refuses %j and shows the usage', (args, problem) => {
    expect(() => readArguments(args)).toThrow(problem)
    expect(() => readArguments(args)).toThrow(/usage: npm run load/)
  })
})

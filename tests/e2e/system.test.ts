import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { describeBadInput } from './bad-input.js'
import { describeCommandLine } from './command-line.js'
import { describeNodes } from './nodes.js'
import { describePlainSockets } from './plain-sockets.js'
import { describeSdk } from './sdk.js'
import { describeServices } from './services.js'
import { type World, openWorld } from './world.js'

jest.setTimeout(60_000)

// One system for everything: starting one takes longer than most of what is asked of it.
describe('the whole system', () => {
  let world: World
  const given = (): World => world

  beforeAll(async () => {
    world = await openWorld()
  }, 240_000)
  afterAll(() => world.stop(), 60_000)

  describeSdk(given)
  describeNodes(given)
  describePlainSockets(given)
  describeServices(given)
  describeCommandLine(given)
  describeBadInput(given)

  it('lost no process meanwhile', () => {
    expect(world.deaths).toEqual([])
  })
})

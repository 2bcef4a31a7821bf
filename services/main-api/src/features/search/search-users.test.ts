import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { register, searchUsers, updateUser } from '@sup/types'
import { relate } from '../../../test/database.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

const password = 'correct horse battery staple'

describe('searchUsers', () => {
  let api: TestApi
  let viewer: TestPerson
  beforeAll(async () => {
    api = await startTestApi()
    viewer = await api.person('viewer')
    await Promise.all(
      Object.entries({
        anna: 'Zoe',
        anna_b: 'Quincy',
        annab: 'Quincy',
        zz_top: 'Anna-Lena Müller',
        zz_bottom: 'Jörg Annabel',
        nothing: 'Hannah',
        percent: '100% fun',
        li: undefined,
        chinese: '李小龙',
      }).flatMap(([username, displayName]) =>
        displayName === undefined
          ? []
          : [api.open.call(register, { body: { username, password, displayName } })],
      ),
    )
  })
  afterAll(() => api.stop())

  // The rate of searches is fixed: everybody who asks is somebody new.
  const find = async (q: string, by?: TestPerson): Promise<string[]> => {
    const person = by ?? (await api.person('asker'))
    return (await person.call(searchUsers, { query: { q } })).map(({ username }) => username)
  }

  it('puts the exact username first, then prefixes, then words of names', async () => {
    expect(await find('anna')).toEqual(['anna', 'anna_b', 'annab', 'zz_bottom', 'zz_top'])
    expect(await find('ANNA')).toEqual(['anna', 'anna_b', 'annab', 'zz_bottom', 'zz_top'])
  })

  it('takes a text for itself and not for a pattern', async () => {
    expect(await find('anna_')).toEqual(['anna_b'])
    expect(await find('%%')).toEqual([])
    expect(await find('100%')).toEqual(['percent'])
    expect(await find('\\_')).toEqual([])
  })

  it('finds words of names without case and accents, from their beginning', async () => {
    expect(await find('mull')).toEqual(['zz_top'])
    expect(await find('JORG')).toEqual(['zz_bottom'])
    expect(await find('李小')).toEqual(['chinese'])
    expect(await find('nabel')).toEqual([])
  })

  it('finds names by two characters, usernames only by three', async () => {
    expect(await find('an')).toEqual(['zz_bottom', 'zz_top'])
  })

  it('finds nobody by an address', async () => {
    await api.person('hidden', { email: 'findme@example.org', phone: '+4930901820' })
    expect(await find('findme@example.org')).toEqual([])
    expect(await find('+4930901820')).toEqual([])
  })

  it('leaves out who does not want to be found, unless a contact asks', async () => {
    const shy = await api.person('shy')
    const [friend, stranger] = [await api.person('friend'), await api.person('stranger')]
    await relate(api.deps).contact(friend.userId, shy.userId)
    await shy.call(updateUser, { params: { id: 'me' }, body: { privacy: { searchable: false } } })

    expect(await find(shy.username, stranger)).toEqual([])
    expect(await find(shy.username, friend)).toEqual([shy.username])
  })

  it('leaves out who blocked the caller, whom the caller blocked, and the deleted', async () => {
    const people = await Promise.all(
      ['blocker', 'blocked', 'deleted'].map((name) => api.person(name)),
    )
    const [blocker, blocked, deleted] = people
    const caller = await api.person('caller')
    await relate(api.deps).block(String(blocker?.userId), caller.userId)
    await relate(api.deps).block(caller.userId, String(blocked?.userId))
    await api.deps.db.none('UPDATE users SET deleted_at = now() WHERE id = $1', [deleted?.userId])

    for (const person of people) expect(await find(person.username, caller)).toEqual([])
    expect(await find(String(blocked?.username))).toEqual([blocked?.username])
  })

  it('gives as many as were asked for', async () => {
    const found = await viewer.call(searchUsers, { query: { q: 'anna', limit: 2 } })
    expect(found.map(({ username }) => username)).toEqual(['anna', 'anna_b'])
  })

  it.each([
    ['q', { q: 'a' }],
    ['q', { q: 'x'.repeat(65) }],
    ['q', { q: 'a\u0000b' }],
    ['q', {}],
    ['limit', { q: 'anna', limit: 21 }],
    ['limit', { q: 'anna', limit: 0 }],
  ])('refuses a wrong %s: %j', async (path, query) => {
    const answer = await viewer.ask(searchUsers, { query: query as { q: string } })
    expect([answer.status, answer.body.error]).toMatchObject([400, { details: [{ path }] }])
  })

  it('has a rate of its own', async () => {
    const person = await api.person('busy')
    const statuses = []
    for (let i = 0; i < 31; i++) {
      statuses.push((await person.ask(searchUsers, { query: { q: 'anna' } })).status)
    }
    expect(statuses.indexOf(429)).toBe(30)
  })
})

import { describe, expect, it } from '@jest/globals'
import { commonPasswordCount, isCommonPassword } from './common-passwords.js'

describe('isCommonPassword', () => {
  it.each(
    `password password1 Password1! 12345678 123456789 1234567890 qwerty123 qwertyuiop iloveyou princess1
     football1 sunshine superman baseball starwars trustno1 letmein1 welcome1 admin123 passw0rd P@$$w0rd
     Passw0rd2025 abc12345 1q2w3e4r 1qaz2wsx zaq12wsx 11111111 00000000 aaaaaaaa 87654321 michelle jennifer
     computer corvette mercedes maverick midnight whatever asdfghjkl asdf1234 charlie1 liverpool changeme
     monkey123 dragon123 2000password aa123456 123123123 19901990 12121212 passwordpassword`
      .trim()
      .split(/\s+/),
  )('knows %s', (password) => {
    expect(isCommonPassword(password)).toBe(true)
  })

  it.each([
    'correct horse battery staple',
    'zebra-quilt-91-fjord',
    'Xk7#qpL2vR',
    'monkeywrench57x',
  ])('lets %s pass', (password) => {
    expect(isCommonPassword(password)).toBe(false)
  })

  it('stands for more than 3,000 passwords', () => {
    expect(commonPasswordCount()).toBeGreaterThan(3000)
  })
})

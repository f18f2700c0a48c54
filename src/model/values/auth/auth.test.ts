import { describe, expect, it } from 'vitest';
import { parseAuth } from './auth.ts';
import { costlyHashIn, kindOfHash } from './password-hash.ts';

const HASH = '$5$salt$2q0Fm0mUk8pUO9pWfQpG5fE8qWn1zSTYJxkOYZ0lXx4';

describe('parseAuth', () => {
  it('reads realm, user and hash', () => {
    expect(parseAuth(`My Realm:alice:${HASH}`)).toEqual({
      value: { realm: 'My Realm', user: 'alice', password: HASH },
      faults: [],
    });
    expect(parseAuth('Büro:jörg:$5$abc$def')).toMatchObject({ value: { realm: 'Büro', user: 'jörg' } });
  });

  it.each(['', 'Shop', 'Shop:alice', ':alice:x', 'Shop::x', 'Shop:alice:'])('%j lacks a part', (text) => {
    expect(parseAuth(text)).toEqual({ must: 'must be realm:user:encrypted-password' });
  });

  it.each([
    'a" if TRUE #',
    'a\\',
    '${X[*]-a if TRUE or { str(1) -m str}',
    'a{',
    'a}',
    'a%[src]',
    'a#',
    "a'",
    'a\u0007',
    'a\u202eb',
  ])('realm %j is refused', (realm) => expect(parseAuth(`${realm}:u:${HASH}`)).toHaveProperty('must'));

  it.each(['a b', 'a"', "a'", 'a\\x20', '$u', '#', 'a\tb'])('user %j is refused', (user) => {
    expect(parseAuth(`r:${user}:${HASH}`)).toHaveProperty('must');
  });

  it('says that a password which is no hash lets nobody in', () => {
    expect(parseAuth('r:u:secret')).toMatchObject({
      value: { password: 'secret' },
      faults: [{ detail: expect.stringContaining('not a hash'), fix: expect.stringContaining('mkpasswd') }],
    });
  });

  it.each(['a b', 'a"b', 'a#b', 'a\\b', "a'b", '$6$rounds=5000000$salt$x', '$9$x$y', '_zzzzsaltsalt'])(
    'password %j is refused',
    (password) => {
      const parsed = parseAuth(`r:u:${password}`);
      expect(parsed).toHaveProperty('must');
      expect(JSON.stringify(parsed)).not.toContain(password);
    },
  );
});

describe('kindOfHash', () => {
  it.each([
    '$1$salt$hash',
    '$5$abc$def',
    HASH,
    '$5$rounds=100000$salt$hash',
    '$6$rounds=5000$salt$hash',
    `$2b$12$${'a'.repeat(53)}`,
    '$y$j9T$saltsaltsalt$hashhashhash',
    '$y$jBT$saltsaltsalt$hashhashhash',
    '$7$CU..../....salt$hash'.replace('CU', 'C6'),
    'abJnggxhB/yWI',
  ])('%s is one', (text) => expect(kindOfHash(text)).toBe('hash'));

  it.each([
    '$6$rounds=100001$salt$x',
    '$6$rounds=5000000$salt$x',
    '$5$rounds=16000000$salt$x',
    '$5$rounds=$salt$x',
    '$6$rounds=999999999$salt$x',
    `$2b$13$${'a'.repeat(53)}`,
    `$2b$31$x`,
    '$y$jFT$salt$x',
    '$y$jz/..$salt$x',
    '$7$zzzzzzzzzzsalt$x',
  ])('%s costs too much', (text) => expect(kindOfHash(text)).toEqual({ must: expect.stringContaining('cheap') }));

  it.each(['$sha1$4294967295$salt$x', '$md5,rounds=4294967295$salt$x', '_zzzzsalthashhash', '$3$x', '$'])(
    '%s is of no known scheme',
    (text) => {
      expect(kindOfHash(text)).toEqual({ must: expect.stringContaining('known scheme') });
    },
  );
});

describe('costlyHashIn', () => {
  it.each([
    'userlist x\n  user a password $6$rounds=5000000$salt$x\n',
    'userlist x\n  user a password "$6$rounds=5000000$salt$x"\n',
    'userlist x\n  user a password $6$round\\x73=5000000$salt$x\n',
    'userlist x\n  user a pass"word" $2b$20$abc\n',
  ])('finds it in %j', (text) => expect(costlyHashIn(text)).toContain('cheap'));

  it('passes the template of 1.15', () => {
    expect(costlyHashIn('userlist user_{backend}\n  user {user} password {passwd}\n  user b password $5$a$b\n')).toBeUndefined();
  });
});

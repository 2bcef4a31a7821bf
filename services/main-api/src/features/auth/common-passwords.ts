/**
 * Passwords that everybody tries first, as the words they are made of and the ways in which people dress
 * them up. They are looked up by their parts: multiplied out they would be some 150,000.
 */
const WORDS = `
  password passwort passw0rd pass passwd motdepasse contrasena contrasenya senha parola haslo heslo salasana
  wachtwoord losenord adgangskode sifre parol lozinka jelszo kennwort geheim secret secreto segredo
  qwerty qwertz azerty qwert asdf asdfg asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qwaszx wasd poiuytrewq
  admin administrator root toor guest user login master superuser sysadmin operator manager default
  welcome willkommen bienvenue bienvenido bemvindo benvenuto letmein openup access entry changeme temp
  hello hallo hola bonjour ciao salut hej ahoj privet namaste
  iloveyou iloveu loveyou lovely love loveme lover teamo tequiero jetaime ichliebedich amore mylove
  princess princesa prinzessin queen king prince angel angels angela heaven sweetie sweetheart honey
  babygirl babyboy baby cutie beautiful bonita preciosa hermosa schatz schatzi liebling chouchou doudou
  monkey dragon tiger lion eagle falcon panther dolphin butterfly horse puppy kitty kitten bunny turtle
  shark wolf bear rabbit hamster chicken spider scorpion cobra phoenix unicorn panda koala penguin
  football fussball futbol soccer baseball basketball hockey tennis golf volleyball rugby cricket
  liverpool arsenal chelsea barcelona realmadrid juventus bayern dortmund schalke manchester everton
  yankees cowboys steelers lakers eagles rangers redsox packers raiders broncos dolphins giants patriots
  superman batman spiderman ironman wolverine avengers starwars startrek skywalker yoda gandalf matrix
  pokemon pikachu naruto sasuke zelda mario sonic minecraft fortnite roblox warcraft starcraft overwatch
  leagueoflegends counterstrike csgo dota steam xbox nintendo playstation gamer gaming player
  sunshine moonlight summer winter spring autumn january february march april may june july august
  september october november december monday tuesday wednesday thursday friday saturday sunday sommer
  frueher herbst verano invierno primavera enero febrero agosto diciembre
  michael michelle jennifer jessica ashley amanda daniel david robert william joseph thomas charlie
  charles matthew andrew joshua anthony christopher nicholas alexander jonathan samantha stephanie
  elizabeth patricia linda barbara susan margaret maggie melissa nicole natalie rebecca rachel hannah
  sophie sophia emma olivia isabella victoria vanessa veronica alejandro carlos fernando francisco
  guillermo antonio roberto ricardo eduardo miguel jorge pedro pablo diego maria mariana gabriela
  andrea daniela valentina camila carolina alejandra sebastian santiago mateo lucas martin markus
  stefan thomas andreas matthias christian florian tobias benjamin julian marcel pascal sandra sabine
  claudia petra monika susanne nadine jasmin laura lisa anna julia marie pierre francois nicolas
  camille chloe celine giovanni francesco giuseppe alessandro matteo chiara giulia francesca dmitri
  sergey vladimir natasha anastasia ekaterina tatiana svetlana ivan mohamed mohammed ahmed fatima ali
  hassan hussein ibrahim yusuf omar khadija aisha krishna ganesh lakshmi rahul priya rajesh sachin
  mercedes ferrari porsche corvette mustang camaro toyota honda yamaha kawasaki suzuki harley ducati
  volkswagen audi bmw lamborghini jaguar nissan subaru chevrolet chevy ford dodge
  computer internet windows microsoft google facebook instagram youtube twitter tiktok snapchat whatsapp
  telegram samsung iphone apple android nokia motorola huawei xiaomi linux ubuntu oracle cisco dell
  server network security database website hacker hacking cracker anonymous killer terminator predator
  shadow midnight blackjack lucky lucky7 casino poker diamond silver golden platinum crystal cookie
  chocolate banana orange cherry strawberry peaches pineapple apples pepper cheese coffee bacon pizza
  burger sandwich tequila whiskey vodka corona budweiser heineken guinness cocacola pepsi
  metallica nirvana slipknot eminem beatles ledzeppelin pinkfloyd acdc ironmaiden greenday blink182
  linkinpark rammstein madonna shakira beyonce rihanna biebers onedirection taylorswift
  freedom peace liberty justice forever together family friends friendship mother father mommy daddy
  mama papa brother sister grandma grandpa mutter vater familia hermano hermana
  jesus jesuschrist christ godisgood blessed blessing faith hope grace trinity genesis church amen
  allah bismillah buddha shalom
  america canada mexico brasil argentina colombia espana france deutschland germany italia england
  london paris berlin madrid newyork chicago texas california florida hawaii boston dallas houston
  phoenix denver seattle atlanta moscow tokyo sydney australia india china japan korea russia ukraine
  turkiye istanbul polska portugal nederland amsterdam rotterdam
  fuckyou fuckoff fuckme asshole bitch bullshit pussy sexy sexygirl hotgirl bigdick hooters hardcore
  trustno1 whatever nothing something anything everything nobody somebody unknown private public
  test testing tester test123 demo sample example student teacher school college university office
  company business office365 customer service support helpdesk training intern employee
  abc abcd abcde abcdef abcdefg abcdefgh abc123 a1b2c3 a1b2c3d4 aaa aaaa zzz xxx qqq www asd zxc qwe
  sup supadmin messenger chat chatting message signal
  thunder lightning hurricane tornado hunter ranger warrior ninja samurai soldier marine army navy
  airforce captain general commander sniper rocket apollo mercury saturn jupiter galaxy universe
  purple yellow orange black white green blue red pink rainbow flower flowers rose daisy jasmine lily
  maverick scooter jordan jordan23 kobe lebron messi ronaldo neymar beckham zidane tyson
  smile happy funny crazy stupid genius champion winner success power energy magic mystery legend
  garfield snoopy scooby mickey minnie donald goofy bambi simba nemo elmo barney tweety bugsbunny
  barbie hellokitty cinderella disney hogwarts harrypotter hermione voldemort frodo bilbo
  rocky rambo gladiator hercules spartan achilles zeus apollo athena odin thor loki
  sniffer gateway packard compaq pentium intel nvidia
  bailey buster max maxwell rusty shelby tigger toby winston zoey cooper duke gizmo harley jack lucy
  molly oscar rocky sadie sam sammy simon sparky teddy ginger bandit
`

const ENDINGS = `
  1 2 3 7 8 9 0 01 02 03 07 10 11 12 13 21 22 23 33 42 44 55 66 69 77 88 99 00 000 007 100 101 111 112
  123 222 314 321 333 360 404 420 444 500 555 666 777 789 888 911 999 1111 1212 1234 2222 4321 1313
  12345 123456 1234567 12345678 123456789 1234567890 1980 1985 1987 1988 1989 1990 1991 1992 1993 1994
  1995 1996 1997 1998 1999 2000 2001 2002 2003 2004 2005 2010 2012 2015 2018 2019 2020 2021 2022 2023
  2024 2025 2026 2027 ! !! !!! . .. * ? # @ $ 1! 12! 123! 1234! 01! 2024! 2025! 2026! 123. 1. @1 @12
  @123 @1234 #1 _1 _123 a aa abc x xx xxx me you
`

/** Walks over keyboards and number blocks, and what is typed by rhythm. */
const WALKS = `
  qwertyuiop qwertzuiop azertyuiop asdfghjkl asdfghjklz zxcvbnm1 1qaz2wsx 1qaz2wsx3edc zaq12wsx zaq1xsw2
  1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 qwer1234 asdf1234 zxcv1234 1234qwer 12345qwert
  123456qwerty 123qweasd 123qweasdzxc qweasdzxc qweasd123 qazwsxedc qazxswedc qwerasdf poiuytre lkjhgfdsa
  mnbvcxz1 0987654321 987654321 87654321 9876543210 147258369 258147369 159357456 159753123 741852963
  789456123 963852741 123654789 321654987 12344321 123454321 11223344 1122334455 112233445566 12121212
  13131313 10101010 20202020 12312312 123123123 321321321 456456456 789789789 11112222 12341234
  123412345 19841984 20002000 31415926 314159265 27182818 01234567 012345678 0123456789 12345679
  aa123456 aa12345678 a12345678 a123456789 a1234567 abc12345 abcd1234 abcde12345 abc123456 ab123456
  x1234567 z1234567 q1234567 1234567a 12345678a 123456789a 1234567890a 123456abc 1234abcd 1a2b3c4d
  a1s2d3f4 p@ssw0rd p@ssword pa$$word passw0rd pa55word pa55w0rd thisisapassword letmeinnow iamtheking
  correcthorsebatterystaple mypassword yourpassword nopassword newpassword oldpassword password1password
`

const DIGITS = '0123456789'
const SMALLEST = 8

const list = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

/** Runs, counts up and down and single characters, from eight to sixteen long. */
function* patterns(): Generator<string> {
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  for (let length = SMALLEST; length <= 16; length++) {
    for (const character of DIGITS + letters) yield character.repeat(length)
    yield (DIGITS + DIGITS).slice(1, length + 1)
    yield (DIGITS + DIGITS).slice(0, length)
    yield letters.slice(0, length)
  }
  for (let pair = 0; pair < 100; pair++) yield String(pair).padStart(2, '0').repeat(4)
  for (let year = 1940; year <= 2030; year++) yield String(year).repeat(2)
}

const words = new Set(list(WORDS))
const endings = new Set(list(ENDINGS))
const whole = new Set([...list(WALKS), ...patterns()])

/** A word alone, twice, or with an ending; digits are put in front as well. */
function isDressedUp(text: string): boolean {
  for (let i = 1; i <= text.length; i++) {
    const head = text.slice(0, i)
    const tail = text.slice(i)
    if (words.has(head) && (tail === '' || tail === head || endings.has(tail))) return true
    if (words.has(tail) && /^\d+$/.test(head) && endings.has(head)) return true
  }
  return false
}

const isListed = (text: string): boolean => whole.has(text) || isDressedUp(text)

/** How many different passwords the list stands for, at least. */
export const commonPasswordCount = (): number => whole.size + words.size * endings.size

/** Signs that stand for letters: `P@$$w0rd` is no better than `password`. */
const DISGUISES: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
}

const undisguise = (text: string): string =>
  text.replace(/[@43!10$57]/g, (sign) => DISGUISES[sign] ?? sign)

/** Is this one of the passwords that everybody tries first, in any case or disguise? */
export function isCommonPassword(password: string): boolean {
  const plain = password.toLowerCase()
  // Digits at the end are an ending, not a disguise: there only the word before them is undone.
  const ending = /[^a-z]*$/.exec(plain)?.[0] ?? ''
  const word = plain.slice(0, plain.length - ending.length)
  return [plain, undisguise(plain), undisguise(word) + ending].some(isListed)
}

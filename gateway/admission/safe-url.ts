// Which URLs keys and tokens may travel over: encrypted ones, or ones that do not leave this machine. Pure.

/** Whether a host name of a URL is this machine. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host)

/** What is wrong with a URL to fetch keys from or to show tokens to; undefined where it is good. */
export const urlTrouble = (text: string): string | undefined => {
  if (!URL.canParse(text)) return 'must be a URL'
  const { protocol, hostname, username, password, hash } = new URL(text)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname)))
    return 'must be https, or http on loopback'
  if (username !== '' || password !== '') return 'must not have a user name or a password in it'
  return hash === '' ? undefined : 'must not have a part behind #'
}

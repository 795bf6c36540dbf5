// A device that knows nothing of this project: one plain WebSocket. Runs in browsers and in Node.

/**
 * `kind` is in the path, and `token()` says who it is. `report()` answers what to send every two seconds; what comes is
 * given to `onCommand`, which may answer when there is something new to report. Answers how to switch it off.
 */
export function startDevice({ gateway, kind, token, report, onCommand, onState = () => {} }) {
  let socket
  let timer
  let isOn = true

  async function connect() {
    const say = () => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(report()))
    try {
      const [address, credential] = [await gateway(), await token()]
      const protocols = ['openclaw.v1.raw', `openclaw.bearer.${credential}`]
      socket = new WebSocket(new URL(`/devices/${kind}`, address), protocols)
    } catch {
      return again()
    }
    socket.onopen = () => {
      onState(true)
      say()
      timer = setInterval(say, 2_000)
    }
    socket.onmessage = async ({ data }) => {
      await onCommand(JSON.parse(data))
      say()
    }
    socket.onclose = () => {
      clearInterval(timer)
      onState(false)
      again()
    }
  }
  function again() {
    if (isOn) setTimeout(connect, 500 + Math.random() * 1_500)
  }
  void connect()
  return () => {
    isOn = false
    socket?.close(1000)
  }
}

// The peer centrifuge: a node of that library with its defaults, every client on one channel, JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/centrifugal/centrifuge"
)

type order struct {
	Payload string `json:"payload"`
	Burst   int    `json:"burst"`
}

const channel = "room:1"

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func listen() (net.Listener, int) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	return listener, listener.Addr().(*net.TCPAddr).Port
}

func main() {
	node, err := centrifuge.New(centrifuge.Config{LogLevel: centrifuge.LogLevelNone})
	must(err)
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{
			Credentials:   &centrifuge.Credentials{UserID: "listener"},
			Subscriptions: map[string]centrifuge.SubscribeOptions{channel: {}},
			// No pings of its own while we measure.
			PingPongConfig: &centrifuge.PingPongConfig{PingInterval: -1, PongTimeout: -1},
		}, nil
	})
	must(node.Run())
	clients, port := listen()
	anyOrigin := func(*http.Request) bool { return true }
	http.Handle("/", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{CheckOrigin: anyOrigin}))
	go func() { must(http.Serve(clients, nil)) }()
	orders, control := listen()
	fmt.Printf("{\"port\":%d,\"control\":%d}\n", port, control)
	for {
		connection, err := orders.Accept()
		must(err)
		serve(connection, node)
	}
}

func serve(connection net.Conn, node *centrifuge.Node) {
	lines := bufio.NewScanner(connection)
	lines.Buffer(nil, 1<<20)
	var current order
	for lines.Scan() {
		if lines.Text() == "go" {
			for n := 0; n < current.Burst; n++ {
				_, err := node.Publish(channel, []byte(current.Payload))
				must(err)
			}
			continue
		}
		must(json.Unmarshal(lines.Bytes(), &current))
		_, err := connection.Write([]byte("ok\n"))
		must(err)
	}
}

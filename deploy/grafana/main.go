package main

import (
	"fmt"
	"os"
)

func main() { os.Exit(run()) }

func run() int {
	text, err := dashboard()
	if err == nil {
		_, err = os.Stdout.Write(text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "grafana:", err)
		return 1
	}
	return 0
}

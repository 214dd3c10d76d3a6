//go:build linux

package faults

import (
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// cable joins two network devices of the kernel. This process carries every frame between them, in order, and so can make the way long
// and lose frames, whatever queues the kernel knows.
type cable struct {
	mu     sync.Mutex
	way    way
	choose *rand.Rand
}

// newCable makes two network devices with the given names and joins them. They are gone when the test ends.
func newCable(t *testing.T, one, other string, part uint64) *cable {
	t.Helper()
	c := &cable{choose: chooser(part)}
	a, b := newDevice(t, one), newDevice(t, other)
	var carrying sync.WaitGroup
	carrying.Go(func() { c.carry(a, b) })
	carrying.Go(func() { c.carry(b, a) })
	t.Cleanup(func() {
		_ = a.Close()
		_ = b.Close()
		carrying.Wait()
	})
	return c
}

// newDevice makes a network device whose frames are read from and written to the file. It lives as long as that.
func newDevice(t *testing.T, name string) *os.File {
	t.Helper()
	// Go's poller can wait for the file only once it is a device, so that is made first.
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	must(t, err)
	request, err := unix.NewIfreq(name)
	must(t, err)
	request.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		_ = unix.Close(fd)
		t.Fatalf("couldn't make the network device: %v", err)
	}
	return os.NewFile(uintptr(fd), name)
}

// is makes the way good or bad from now on, in both directions.
func (c *cable) is(w way) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.way = w
}

// carry takes frames from one device to the other until the first is closed. A device that is down takes none.
func (c *cable) carry(from, to *os.File) {
	frames := make(chan chunk, 4096)
	go func() {
		defer close(frames)
		var last time.Time
		for {
			data := make([]byte, 2<<10)
			n, err := from.Read(data)
			if err != nil {
				return
			}
			due, lost := c.fate()
			if lost {
				continue
			}
			if due.After(last) {
				last = due
			}
			frames <- chunk{data[:n], last}
		}
	}()
	for f := range frames {
		time.Sleep(time.Until(f.due)) // the way is long
		_, _ = to.Write(f.data)
	}
}

// fate is when a frame that leaves now arrives, or that it does not.
func (c *cable) fate() (due time.Time, lost bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.way.due(c.choose), c.way.loses > 0 && c.choose.Float64() < c.way.loses
}

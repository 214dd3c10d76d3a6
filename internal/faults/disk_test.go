//go:build linux

package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// What a disk does with what was written and not synced.
const (
	dropping = "drop" // nothing of it is there after a power cut
	tearing  = "tear" // a random half of its pages is, as where the kernel had begun to write
	lying    = "lie"  // the same as dropping, and a sync does nothing: what a control needs
)

// page is what a disk writes at once, in bytes.
const page = 4096

// disk is a file system that keeps two trees. In the cache is what programs see; on the platter what a power cut leaves. Data comes to the
// platter when a program syncs it; names, sizes and owners come at once. That a new name can be lost too is not modelled.
type disk struct {
	fusefs.LoopbackRoot
	platter string
	mode    string

	mu      sync.Mutex
	unsaved map[uint64][]span // by inode of the cache: what was written since the last sync
	choose  *rand.Rand
}

// span is a part of a file.
type span struct{ from, to int64 }

// mountDisk serves the two trees on a folder.
func mountDisk(cache, platter, folder, mode string, choose *rand.Rand) error {
	var root syscall.Stat_t
	if err := syscall.Stat(cache, &root); err != nil {
		return fmt.Errorf("couldn't look at the cache: %w", err)
	}
	d := &disk{platter: platter, mode: mode, unsaved: map[uint64][]span{}, choose: choose}
	d.Path, d.Dev = cache, root.Dev
	top := &node{&fusefs.LoopbackNode{RootData: &d.LoopbackRoot}, d}
	d.RootNode = top
	_, err := fusefs.Mount(folder, top, &fusefs.Options{MountOptions: fuse.MountOptions{
		DirectMountStrict: true, AllowOther: true, FsName: "songtor-faults", Options: []string{"default_permissions"},
	}})
	if err != nil {
		return fmt.Errorf("couldn't mount the disk: %w", err)
	}
	return nil
}

// node is a file or a folder.
type node struct {
	*fusefs.LoopbackNode
	disk *disk
}

// WrapChild implements fusefs.NodeWrapChilder: what lies in a folder of the disk is of the disk.
func (n *node) WrapChild(_ context.Context, made fusefs.InodeEmbedder) fusefs.InodeEmbedder {
	below, ok := made.(*fusefs.LoopbackNode)
	if !ok {
		return made
	}
	return &node{below, n.disk}
}

// at are the places of a name in the folder, in the cache and on the platter.
func (n *node) at(name string) (cache, platter string) {
	rel := filepath.Join(n.Path(n.Root()), name)
	return filepath.Join(n.disk.Path, rel), filepath.Join(n.disk.platter, rel)
}

// both does to the platter what was done to the cache, if that was done, and gives what is there the same owner.
func (n *node) both(errno syscall.Errno, name string, do func(platter string) error) syscall.Errno {
	if errno != 0 {
		return errno
	}
	cache, platter := n.at(name)
	if err := do(platter); err != nil {
		return fusefs.ToErrno(err)
	}
	var st syscall.Stat_t
	if syscall.Lstat(cache, &st) == nil {
		return fusefs.ToErrno(os.Lchown(platter, int(st.Uid), int(st.Gid)))
	}
	return 0
}

// Mkdir implements fusefs.NodeMkdirer.
func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	made, errno := n.LoopbackNode.Mkdir(ctx, name, mode, out)
	return made, n.both(errno, name, func(at string) error { return os.Mkdir(at, fs.FileMode(mode&0o777)) })
}

// Mknod implements fusefs.NodeMknoder: sockets are made by it.
func (n *node) Mknod(ctx context.Context, name string, mode, rdev uint32, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	made, errno := n.LoopbackNode.Mknod(ctx, name, mode, rdev, out)
	return made, n.both(errno, name, func(at string) error { return syscall.Mknod(at, mode, int(rdev)) })
}

// Rmdir implements fusefs.NodeRmdirer.
func (n *node) Rmdir(ctx context.Context, name string) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	return n.both(n.LoopbackNode.Rmdir(ctx, name), name, syscall.Rmdir)
}

// Unlink implements fusefs.NodeUnlinker.
func (n *node) Unlink(ctx context.Context, name string) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	return n.both(n.LoopbackNode.Unlink(ctx, name), name, syscall.Unlink)
}

// Rename implements fusefs.NodeRenamer.
func (n *node) Rename(ctx context.Context, name string, newParent fusefs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	_, from := n.at(name)
	to, ok := newParent.(*node)
	if !ok || flags != 0 {
		return syscall.ENOSYS
	}
	return to.both(n.LoopbackNode.Rename(ctx, name, newParent, newName, flags), newName, func(at string) error { return os.Rename(from, at) })
}

// Symlink implements fusefs.NodeSymlinker.
func (n *node) Symlink(ctx context.Context, target, name string, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	made, errno := n.LoopbackNode.Symlink(ctx, target, name, out)
	return made, n.both(errno, name, func(at string) error { return os.Symlink(target, at) })
}

// Link implements fusefs.NodeLinker.
func (n *node) Link(ctx context.Context, target fusefs.InodeEmbedder, name string, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	from, ok := target.(*node)
	if !ok {
		return nil, syscall.EXDEV
	}
	_, old := from.at("")
	made, errno := n.LoopbackNode.Link(ctx, target, name, out)
	return made, n.both(errno, name, func(at string) error { return os.Link(old, at) })
}

// CopyFileRange implements fusefs.NodeCopyFileRanger: the caller copies by itself.
func (n *node) CopyFileRange(context.Context, fusefs.FileHandle, uint64, *fusefs.Inode, fusefs.FileHandle, uint64, uint64, uint64) (uint32, syscall.Errno) {
	return 0, syscall.ENOSYS
}

// Create implements fusefs.NodeCreater.
func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fusefs.Inode, fusefs.FileHandle, uint32, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	made, handle, fuseFlags, errno := n.LoopbackNode.Create(ctx, name, flags&^syscall.O_APPEND, mode, out)
	errno = n.both(errno, name, func(at string) error {
		f, err := os.OpenFile(at, os.O_CREATE|os.O_RDWR|int(flags)&syscall.O_TRUNC, fs.FileMode(mode&0o777))
		return errors.Join(err, f.Close())
	})
	if errno != 0 {
		return nil, nil, 0, errno
	}
	cache, platter := n.at(name)
	opened, errno := n.disk.open(handle, cache, platter, flags)
	return made, opened, fuseFlags, errno
}

// Open implements fusefs.NodeOpener.
func (n *node) Open(ctx context.Context, flags uint32) (fusefs.FileHandle, uint32, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	handle, fuseFlags, errno := n.LoopbackNode.Open(ctx, flags&^syscall.O_APPEND)
	if errno != 0 {
		return nil, 0, errno
	}
	cache, platter := n.at("")
	if flags&syscall.O_TRUNC != 0 {
		if err := os.Truncate(platter, 0); err != nil {
			return nil, 0, fusefs.ToErrno(err)
		}
	}
	opened, errno := n.disk.open(handle, cache, platter, flags)
	return opened, fuseFlags, errno
}

// Setattr implements fusefs.NodeSetattrer.
func (n *node) Setattr(ctx context.Context, f fusefs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if errno := n.LoopbackNode.Setattr(ctx, f, in, out); errno != 0 {
		return errno
	}
	_, platter := n.at("")
	if h, ok := f.(*file); ok { // it may have no name any more
		platter = fmt.Sprintf("/proc/self/fd/%d", h.platter.Fd())
	}
	var errs []error
	if size, set := in.GetSize(); set {
		errs = append(errs, os.Truncate(platter, int64(size)))
	}
	if mode, set := in.GetMode(); set {
		errs = append(errs, syscall.Chmod(platter, mode&0o7777))
	}
	uid, setUser := in.GetUID()
	gid, setGroup := in.GetGID()
	if setUser || setGroup {
		errs = append(errs, os.Chown(platter, orUnchanged(uid, setUser), orUnchanged(gid, setGroup)))
	}
	return fusefs.ToErrno(errors.Join(errs...))
}

func orUnchanged(id uint32, set bool) int {
	if !set {
		return -1
	}
	return int(id)
}

// file is an open file: a handle in each tree.
type file struct {
	*fusefs.LoopbackFile
	disk    *disk
	cache   *os.File
	platter *os.File
	inode   uint64
	synced  bool // every write is a sync
}

func (d *disk) open(handle fusefs.FileHandle, cache, platter string, flags uint32) (fusefs.FileHandle, syscall.Errno) {
	below, ok := handle.(*fusefs.LoopbackFile)
	if !ok {
		return nil, syscall.EIO
	}
	c, err := os.Open(cache)
	if err != nil {
		return nil, fusefs.ToErrno(err)
	}
	p, err := os.OpenFile(platter, os.O_RDWR, 0)
	if err != nil {
		c.Close()
		return nil, fusefs.ToErrno(err)
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(int(c.Fd()), &st); err != nil {
		return nil, fusefs.ToErrno(err)
	}
	return &file{below, d, c, p, st.Ino, flags&(syscall.O_SYNC|syscall.O_DSYNC) != 0}, 0
}

// PassthroughFd keeps the kernel from writing past the disk.
func (f *file) PassthroughFd() (int, bool) { return 0, false }

// Write implements fusefs.FileWriter.
func (f *file) Write(ctx context.Context, data []byte, off int64) (uint32, syscall.Errno) {
	n, errno := f.LoopbackFile.Write(ctx, data, off)
	if errno != 0 {
		return n, errno
	}
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	f.disk.unsaved[f.inode] = append(f.disk.unsaved[f.inode], span{off, off + int64(n)})
	if f.synced {
		return n, f.save()
	}
	if f.disk.mode == tearing {
		return n, f.tear(span{off, off + int64(n)})
	}
	return n, 0
}

// Fsync implements fusefs.FileFsyncer.
func (f *file) Fsync(context.Context, uint32) syscall.Errno {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return f.save()
}

// save brings what was written to the platter. The disk is locked.
func (f *file) save() syscall.Errno {
	if f.disk.mode == lying {
		return 0
	}
	for _, s := range f.disk.unsaved[f.inode] {
		if errno := f.copy(s); errno != 0 {
			return errno
		}
	}
	delete(f.disk.unsaved, f.inode)
	return 0
}

// tear brings a random half of the pages to the platter.
func (f *file) tear(s span) syscall.Errno {
	for from := s.from; from < s.to; from = (from/page + 1) * page {
		if f.disk.choose.IntN(2) == 0 {
			if errno := f.copy(span{from, min(s.to, (from/page+1)*page)}); errno != 0 {
				return errno
			}
		}
	}
	return 0
}

func (f *file) copy(s span) syscall.Errno {
	data := make([]byte, s.to-s.from)
	n, err := f.cache.ReadAt(data, s.from)
	if err != nil && !errors.Is(err, io.EOF) {
		return fusefs.ToErrno(err)
	}
	_, err = f.platter.WriteAt(data[:n], s.from)
	return fusefs.ToErrno(err)
}

// Allocate implements fusefs.FileAllocater.
func (f *file) Allocate(ctx context.Context, off, size uint64, mode uint32) syscall.Errno {
	if errno := f.LoopbackFile.Allocate(ctx, off, size, mode); errno != 0 {
		return errno
	}
	return fusefs.ToErrno(syscall.Fallocate(int(f.platter.Fd()), mode, int64(off), int64(size)))
}

// Release implements fusefs.FileReleaser.
func (f *file) Release(ctx context.Context) syscall.Errno {
	f.cache.Close()
	f.platter.Close()
	return f.LoopbackFile.Release(ctx)
}

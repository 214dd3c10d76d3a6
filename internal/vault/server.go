package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

// ErrPeer says that a process of another user asked than the one who may.
var ErrPeer = errors.New("this user may not ask the key service")

// The limits of the key service.
const (
	callLimit   = 64 << 20 // bytes of a call: a rebuild asks for the indexes of thousands of forms at once
	headerWait  = 5 * time.Second
	closingTime = 5 * time.Second
)

// Server gives out the keys of a Vault over a Unix socket to the processes of one user. The operator's calls, turning the
// key-encryption key over and telling how it stands, are for the Server's own user and for root alone. The kernel says who asks.
type Server struct {
	vault *Vault
	peer  int // user id of those who may ask
	log   *slog.Logger
}

// NewServer returns a Server for the processes of the user with the id peer.
func NewServer(v *Vault, peer int, log *slog.Logger) *Server {
	return &Server{vault: v, peer: peer, log: log}
}

// ListenUnix opens a socket that its owner may use and, where group is not -1, that group. A socket that nobody listens on any more is
// replaced; another kind of file never.
func ListenUnix(ctx context.Context, path string, group int) (net.Listener, error) {
	if err := removeStale(ctx, path); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("couldn't open the socket of the key service: %w", err)
	}
	mode := fs.FileMode(0o600)
	if group >= 0 {
		mode = 0o660
		err = os.Chown(path, -1, group)
	}
	if err = errors.Join(err, os.Chmod(path, mode)); err != nil {
		return nil, errors.Join(fmt.Errorf("couldn't say who may use the socket of the key service: %w", err), listener.Close())
	}
	return listener, nil
}

func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("couldn't look at the socket of the key service: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("couldn't open the socket of the key service: %s is another kind of file", path)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err == nil {
		return errors.Join(fmt.Errorf("couldn't open the socket of the key service: another process listens on %s", path), conn.Close())
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("couldn't remove a stale socket: %w", err)
	}
	return nil
}

// peerKey is the key of the asking user's id in the context of a call.
type peerKey struct{}

// Serve answers until ctx ends; calls under way are finished.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: headerWait, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			uid, err := peerOf(conn)
			if err != nil {
				s.log.WarnContext(ctx, "a caller cannot be told", slog.Any("error", err))
				uid = -1
			}
			return context.WithValue(ctx, peerKey{}, uid)
		},
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
		defer cancel()
		stopped <- server.Shutdown(closing)
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("couldn't go on giving out keys: %w", err)
	}
	return <-stopped
}

func (s *Server) handler() http.Handler {
	v := s.vault
	mux := http.NewServeMux()
	serve(s, mux, "/hello", func(context.Context, nothing) (helloAnswer, error) {
		return helloAnswer{v.Type(), v.services.exclusion}, nil
	})
	serve(s, mux, "/ping", func(ctx context.Context, _ nothing) (nothing, error) { return nothing{}, v.Ping(ctx) })
	s.handleCases(mux)
	serve(s, mux, "/blind", func(ctx context.Context, q []Term) ([][]byte, error) { return v.Blind(ctx, q...) })
	serve(s, mux, "/pseudonyms", func(ctx context.Context, q []string) ([][]byte, error) { return v.Pseudonyms(ctx, q...) })
	serve(s, mux, "/coins", func(ctx context.Context, q string) ([]byte, error) { return v.Coins(ctx, q) })
	serve(s, mux, "/form-key", func(ctx context.Context, q string) ([]byte, error) { return v.FormKey(ctx, q) })
	serve(s, mux, "/open-form", func(ctx context.Context, q SealedForm) ([]byte, error) { return v.OpenForm(ctx, q) })
	serve(s, mux, "/seal", func(ctx context.Context, q serviceCall) ([]byte, error) {
		return v.SealSecret(ctx, q.Use, q.Place, q.Bytes)
	})
	serve(s, mux, "/open", func(ctx context.Context, q serviceCall) ([]byte, error) {
		return v.OpenSecret(ctx, q.Use, q.Place, q.Bytes)
	})
	serve(s, mux, "/sign", func(ctx context.Context, q serviceCall) ([]byte, error) { return v.Sign(ctx, q.Use, q.Bytes) })
	serve(s, mux, "/public", func(ctx context.Context, q serviceCall) ([]byte, error) { return v.PublicKey(ctx, q.Use) })
	mux.HandleFunc("POST /epoch", s.forOperators(answer(func(ctx context.Context, _ nothing) (Epoch, error) { return v.Epoch(ctx) })))
	mux.HandleFunc("POST /rotate", s.forOperators(s.rotate))
	return mux
}

func (s *Server) handleCases(mux *http.ServeMux) {
	v := s.vault
	serve(s, mux, "/create", func(ctx context.Context, q caseCall) (createAnswer, error) {
		keys, existed, err := v.Create(ctx, q.Case, q.Grant)
		return sent(keys, err, func(w *wireKeys) createAnswer { return createAnswer{w, existed} })
	})
	same := func(w *wireKeys) *wireKeys { return w }
	serve(s, mux, "/extend", func(ctx context.Context, q caseCall) (*wireKeys, error) {
		keys, err := v.Extend(ctx, q.Case, q.Grant, q.Scope)
		return sent(keys, err, same)
	})
	serve(s, mux, "/keys", func(ctx context.Context, q caseCall) (*wireKeys, error) {
		keys, err := v.Keys(ctx, q.Case, q.Grant, q.Scopes...)
		return sent(keys, err, same)
	})
	serve(s, mux, "/keys-for", func(ctx context.Context, q casesCall) (map[string]*wireKeys, error) {
		keys, err := v.KeysFor(ctx, q.Grant, q.Scope, q.Cases)
		if err != nil {
			return nil, err
		}
		all := make(map[string]*wireKeys, len(keys))
		for id, k := range keys {
			if all[id], err = toWire(k); err != nil {
				return nil, err
			}
		}
		return all, nil
	})
	serve(s, mux, "/destroy", func(ctx context.Context, q destroyCall) (nothing, error) {
		return nothing{}, v.Destroy(ctx, q.Case, q.Reason)
	})
	serve(s, mux, "/erasures", func(ctx context.Context, _ nothing) (Erasures, error) { return v.Erasures(ctx) })
	serve(s, mux, "/recorded", func(ctx context.Context, q recordedCall) (nothing, error) {
		return nothing{}, v.Recorded(ctx, q.Through, q.Cases...)
	})
}

func sent[T any](keys *CaseKeys, err error, wrap func(*wireKeys) T) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	w, err := toWire(keys)
	if err != nil {
		return none, err
	}
	return wrap(w), nil
}

// serve registers a call that the peer may make.
func serve[Q, A any](s *Server, mux *http.ServeMux, path string, do func(context.Context, Q) (A, error)) {
	handle := answer(do)
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		if !s.isPeer(r) {
			refuse(w, ErrPeer)
			return
		}
		handle(w, r)
	})
}

// answer makes a handler of a call.
func answer[Q, A any](do func(context.Context, Q) (A, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q Q
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, callLimit))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&q); err != nil {
			refuse(w, errors.New("not a call"))
			return
		}
		a, err := do(r.Context(), q)
		if err != nil {
			refuse(w, err)
			return
		}
		_ = json.NewEncoder(w).Encode(a) // whoever does not read the answer asks again
	}
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusUnprocessableEntity
	if errors.Is(err, ErrRotating) {
		status = http.StatusConflict
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(encodeError(err))
}

func (s *Server) isPeer(r *http.Request) bool {
	uid, known := r.Context().Value(peerKey{}).(int)
	return known && uid >= 0 && (uid == s.peer || isOperator(uid))
}

// isOperator reports whether a user is the one of this process, or root, who could read its memory anyway.
func isOperator(uid int) bool { return uid == os.Geteuid() || uid == 0 }

func (s *Server) forOperators(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if uid, known := r.Context().Value(peerKey{}).(int); !known || !isOperator(uid) {
			refuse(w, ErrPeer)
			return
		}
		handle(w, r)
	}
}

// rotate answers with a line for every step.
func (s *Server) rotate(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, callLimit))
	lines := json.NewEncoder(w)
	tell := func(a rotateAnswer) {
		_ = lines.Encode(a)
		_ = http.NewResponseController(w).Flush()
	}
	err := s.vault.Rotate(r.Context(), func(cases int) { tell(rotateAnswer{Cases: cases}) })
	switch {
	case errors.Is(err, ErrRotating): // before a step was told of
		refuse(w, err)
	case err != nil:
		s.log.ErrorContext(r.Context(), "the key-encryption key was not turned over", slog.Any("error", err))
		tell(rotateAnswer{Error: encodeError(err)})
	default:
		tell(rotateAnswer{Done: true})
	}
}

package sqlstore

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync"
)

// Option sets a property of [Open].
type Option func(*options)

type options struct {
	namespace string
	random    io.Reader
	volatile  bool
	pageSize  int
}

// WithNamespace gives a new store this namespace, 8 characters of [a-z0-9], which
// is otherwise drawn at random. A store that has another one is refused with
// [*NamespaceError].
func WithNamespace(namespace string) Option { return func(o *options) { o.namespace = namespace } }

// WithRandom sets the source of the namespace and of the marks by which the store
// knows its own writes; crypto/rand by default.
func WithRandom(source io.Reader) Option { return func(o *options) { o.random = source } }

// WithVolatile accepts settings with which a crash of the machine loses
// committed data. It is for tests: a store that forgets an intent may book
// twice.
func WithVolatile() Option { return func(o *options) { o.volatile = true } }

func collect(opts []Option) (options, error) {
	o := options{random: rand.Reader, pageSize: 100}
	for _, opt := range opts {
		if opt == nil {
			return o, errors.New("sqlstore: an option is nil")
		}
		opt(&o)
	}
	if o.random == nil {
		return o, errors.New("sqlstore: WithRandom: the source is nil")
	}
	if o.namespace != "" && !namespacePattern.MatchString(o.namespace) {
		return o, fmt.Errorf("sqlstore: the namespace must be 8 characters of [a-z0-9]")
	}
	return o, nil
}

var errRandom = errors.New("sqlstore: the source of randomness failed")

var namespacePattern = regexp.MustCompile(`^[a-z0-9]{8}$`)

// dice draws at random. It is safe for use by many goroutines.
type dice struct {
	mu     sync.Mutex
	source io.Reader
}

func (d *dice) bytes(n int) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	drawn := make([]byte, n)
	if _, err := io.ReadFull(d.source, drawn); err != nil {
		return nil, fmt.Errorf("%w: %w", errRandom, err)
	}
	return drawn, nil
}

// token draws the mark of one write.
func (d *dice) token() (string, error) {
	drawn, err := d.bytes(8)
	return hex.EncodeToString(drawn), err
}

// namespace draws the name of a store.
func (d *dice) namespace() (string, error) {
	const letters = "0123456789abcdefghjkmnpqrstvwxyz" // 32: a byte's five low bits choose one evenly
	drawn, err := d.bytes(8)
	for i, b := range drawn {
		drawn[i] = letters[b&31]
	}
	return string(drawn), err
}

package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/proctorbook/proctorbook"
)

// connectPause is how long connect waits between two tries.
const connectPause = 20 * time.Millisecond

// connect makes a connection. Where processes start on a new SQLite file, one sets its
// journal while another one does: SQLite refuses that at once, whatever busy_timeout is.
func connect(ctx context.Context, db *sql.DB) (*sql.Conn, error) {
	for try := 1; ; try++ {
		conn, err := db.Conn(ctx)
		if err == nil || kind(err) != refused || try == mostRefused {
			return conn, err
		}
		// The other process works by the machine's clock.
		if err := (proctorbook.SystemClock{}).Sleep(ctx, connectPause); err != nil {
			return nil, err
		}
	}
}

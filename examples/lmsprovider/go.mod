module github.com/proctorbook/proctorbook/examples/lmsprovider

go 1.26.0

require (
	github.com/proctorbook/proctorbook v0.1.0
	github.com/proctorbook/proctorbook/scheduling/sqlstore v0.1.0
	modernc.org/sqlite v1.62.0
)

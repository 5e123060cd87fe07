module github.com/proctorbook/proctorbook/examples/portal

go 1.26.0

require (
	github.com/chromedp/chromedp v0.23.1
	github.com/go-analyze/charts v0.6.4
	github.com/proctorbook/proctorbook v0.1.0
	github.com/proctorbook/proctorbook/scheduling/ical v0.1.0
	github.com/proctorbook/proctorbook/scheduling/sqlstore v0.1.0
	golang.org/x/text v0.44.0
	golang.org/x/time v0.16.0
	modernc.org/sqlite v1.62.0
)

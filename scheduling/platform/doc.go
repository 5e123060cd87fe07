// Package platform defines what package scheduling needs of the learning
// platform. [OpenEdX] is the adapter for an edx client. Read on if you
// implement [Platform] for another one, or wrap OpenEdX to watch or change some
// of its calls:
//
//	type cached struct {
//		platform.OpenEdX
//		accounts sync.Map // of platform.Account, by user name
//	}
//
//	func (c *cached) Account(ctx context.Context, username string) (platform.Account, error) {
//		if kept, ok := c.accounts.Load(username); ok {
//			return kept.(platform.Account), nil
//		}
//		account, err := c.OpenEdX.Account(ctx, username)
//		if err == nil {
//			c.accounts.Store(username, account)
//		}
//		return account, err
//	}
//
// Optional abilities are interfaces of their own: [AllowanceKeeper], [ModeLister],
// [Checker], [Eraser], and, for many learners in one call, [AccountLister] and [EnrollmentLister].
// A type that embeds a platform keeps its abilities, but for the last two: a type that
// embeds OpenEdX is asked for one learner after another, by its own methods, until it
// has methods Accounts and Enrollments as well:
//
//	func (c *cached) Enrollments(ctx context.Context, course edx.CourseKey, usernames []string) ([]platform.Enrollment, error) {
//		return c.ListEnrollments(ctx, course, usernames)
//	}
package platform

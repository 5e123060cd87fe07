package backend

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// tokenLife is how long a token is good.
	tokenLife = time.Hour
	// tokenSpare is how much less of it the platform is told, so that a token that
	// was sent in time is not refused when it comes: it would not ask for another.
	tokenSpare    = time.Minute
	tokenAudience = "proctorbook/edx/backend"
	// maxTokenBytes bounds a token. Ours have some 250.
	maxTokenBytes = 2 << 10
)

type tokenAnswer struct {
	Token     string `json:"access_token"`
	ExpiresIn int    `json:"expires_in"` // seconds
	Type      string `json:"token_type"`
}

// issueToken signs a client in. The platform keeps the token, and asks for another
// only when it has expired.
func (h *handler) issueToken(_ context.Context, c call) answer {
	form, err := url.ParseQuery(string(c.body))
	switch {
	case err != nil:
		return oauthRefusal(http.StatusBadRequest, "invalid_request", sentenceUnread).because(whyNoForm)
	case form.Get("grant_type") != "client_credentials":
		return oauthRefusal(http.StatusBadRequest, "unsupported_grant_type", sentenceUnread).because(whyGrant)
	}
	client, known := h.clients[form.Get("client_id")]
	key := client.keyOf(form.Get("client_secret"))
	c.says(client.platform)
	switch refused := oauthRefusal(http.StatusUnauthorized, "invalid_client", sentenceSignIn); {
	case !known:
		return refused.because(whyClient)
	case key == nil:
		return refused.because(whySecret).serious()
	}
	now := h.clock.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Subject: client.id, Audience: jwt.ClaimStrings{tokenAudience},
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(tokenLife)),
	}).SignedString(key)
	if err != nil {
		return c.failure()
	}
	return jsonAnswer(tokenAnswer{Token: token, ExpiresIn: int((tokenLife - tokenSpare).Seconds()), Type: "JWT"})
}

// oauthRefusal has the code of RFC 6749 beside the sentence.
func oauthRefusal(status int, code, sentence string) answer {
	return jsonWith(status, map[string]string{"error": code, "detail": sentence})
}

// clientOf returns the client to whom the token of a request was given, or else what is
// wrong with the token, and only for the log the client that it names, if it names one
// of ours.
func (h *handler) clientOf(header http.Header) (named client, why string) {
	values := header["Authorization"]
	if len(values) != 1 {
		return client{}, whyNone
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "JWT") || !hasOneSpelling(token, maxTokenBytes) {
		return client{}, whyMalformed
	}
	var claims jwt.RegisteredClaims
	_, err := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithTimeFunc(h.clock.Now),
		jwt.WithExpirationRequired(), jwt.WithAudience(tokenAudience), jwt.WithStrictDecoding(),
	).ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) {
		return keySet(h.clients[claims.Subject].tokens), nil
	})
	if err != nil {
		return h.clients[claims.Subject], whyUnverified(err)
	}
	return h.clients[claims.Subject], ""
}

// hasOneSpelling refuses what the decoder would pass over. With the strict decoding, which
// looks at the bits, no two texts are the same token.
func hasOneSpelling(token string, most int) bool {
	return len(token) <= most && !strings.ContainsAny(token, "\r\n")
}

// keySet are the keys of which one must have signed. None lets nothing pass.
func keySet(keys [][]byte) jwt.VerificationKeySet {
	var set jwt.VerificationKeySet
	for _, key := range keys {
		set.Keys = append(set.Keys, key)
	}
	return set
}

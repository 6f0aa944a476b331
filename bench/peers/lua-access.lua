            access_by_lua_block {
                local key = ngx.var.http_x_api_key
                local app = key and ngx.shared.keys:get(ngx.sha1_bin(key))
                if not app then
                    ngx.status = 401
                    ngx.header["Content-Type"] = "application/problem+json"
                    ngx.header["Content-Length"] = 14
                    ngx.print('{"status":401}')
                    return ngx.exit(401)
                end
                local counts = ngx.shared.counts
                local minute = math.floor(ngx.now() / 60)
                local used = counts:incr(app .. ":" .. minute, 1, 0, 120)
                if used > @limit@ then return ngx.exit(429) end
                local month = counts:incr(app .. ":quota", 1, 0)
                ngx.ctx.app, ngx.ctx.used, ngx.ctx.month = app, used, month
                ngx.req.clear_header("X-API-Key")
                ngx.req.set_header("X-Application-Id", app)
            }
            header_filter_by_lua_block {
                if ngx.ctx.used then
                    ngx.header["X-RateLimit-Limit"] = @limit@
                    ngx.header["X-RateLimit-Remaining"] = @limit@ - ngx.ctx.used
                    ngx.header["X-RateLimit-Reset"] = 60 - math.floor(ngx.now()) % 60
                end
            }
            log_by_lua_block {
                local counts = ngx.shared.counts
                if ngx.ctx.app then
                    counts:incr(ngx.ctx.app .. ":" .. ngx.var.uri .. ":" .. ngx.status, 1, 0)
                end
            }

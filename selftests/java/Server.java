// SPDX-License-Identifier: GPL-2.0
/*
 * Server.java - the seed's server: one line from each client, and one in answer. java Server.java
 */
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

public class Server {
	public static void main(String[] args) throws Exception {
		try (ServerSocket server = new ServerSocket(10002);
		     Socket socket = server.accept()) {
			BufferedReader in = new BufferedReader(
				new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
			PrintWriter out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.UTF_8);

			System.out.println(in.readLine());
			out.println("哥们收到,你好");
		}
	}
}
